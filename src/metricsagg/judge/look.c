#include "look.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "clock.h"
#include "decide.h"
#include "diag.h"
#include "stats/leak.h"
#include "xalloc.h"

struct look {
	const char *path;
	char *tmp;
	struct look_visits visits;
	struct buf certain;		/* what it gave */
	size_t samples;			/* told of so far */
	int64_t told_ns;
	uint64_t responses;		/* when last asked */
	int64_t rested;			/* requests of its scenario, behind
					   idle time */
	const char *scenario;
};

/* A line for people is redrawn five times a second. */
static const int64_t memory_every_ns = NS_PER_S / 2;

struct look *
look_new(const char *path)
{
	struct look *l;
	struct stat st;

	if (stat(path, &st) == 0 && !S_ISREG(st.st_mode)) {
		diag_warnx("--decide: %s: is no file that could be replaced; "
		    "name a new one", path);
		return NULL;
	}
	l = xcalloc(1, sizeof(*l));
	l->path = path;
	l->tmp = xasprintf("%s.%d.tmp", path, (int)getpid());
	return l;
}

/* How large the server of the newest step is now, for whoever looks on. */
static void
add_memory(struct buf *out, const struct run *r)
{
	const struct mem_row *m = tables_newest_sample(r, r->n_steps > 0 ?
	    r->steps[r->n_steps - 1].is : NULL);
	struct json j;

	if (m == NULL)
		return;
	record_begin(&j, out, "mem", r->id, m->t_ns);
	json_num(&j, "rss_bytes", m->v[C_RSS]);
	json_num(&j, "footprint_bytes", m->v[C_FOOTPRINT]);
	json_end_line(&j);
}

/* Failures are silent: then nothing is left out. */
static void
publish(const struct look *l, const struct run *r)
{
	struct buf out = BUF_INIT;
	int fd = open(l->tmp, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
	bool ok;

	if (fd == -1)
		return;
	buf_add(&out, l->certain.data, l->certain.len);
	add_memory(&out, r);
	ok = write(fd, out.data, out.len) == (ssize_t)out.len;
	if (close(fd) == -1 || !ok || rename(l->tmp, l->path) == -1)
		unlink(l->tmp);
	buf_fini(&out);
}

/* What the process of the look writes; all of it, or it counts for nothing. */
static void
take_answer(struct buf *certain, int fd, pid_t pid)
{
	struct buf out = BUF_INIT;
	ssize_t n;
	int status;

	while ((n = read(fd, buf_reserve(&out, 4096), 4096)) > 0)
		out.len += (size_t)n;
	if (waitpid(pid, &status, 0) == pid && status == 0) {
		buf_fini(certain);
		*certain = out;
	} else
		buf_fini(&out);
}

void
look_now(struct tables *t, struct buf *certain)
{
	struct buf out = BUF_INIT;
	int ends[2];
	pid_t pid;

	if (pipe(ends) == -1)
		return;
	if ((pid = fork()) == 0) {
		FILE *f = fdopen(ends[1], "w");

		decide_write(t, &out);
		_exit(f == NULL || fwrite(out.data, 1, out.len, f) != out.len ||
		    fclose(f) != 0);
	}
	close(ends[1]);
	if (pid > 0)
		take_answer(certain, ends[0], pid);
	close(ends[0]);
}

/* Has a visit ended since this was last asked? */
static bool
is_visit_over(struct look_visits *l, const struct run *r)
{
	const struct raw_step *at = r->n_steps == 0 ? NULL :
	    r->steps[r->n_steps - 1].is;
	bool is_over = r->of_type[RECORD_UNLOAD] != l->unloads ||
	    (at != NULL && (at->pair != l->pair || at->block != l->block));

	l->unloads = r->of_type[RECORD_UNLOAD];
	l->steps = r->of_type[RECORD_STEP];
	l->pair = at != NULL ? at->pair : NULL;
	l->block = at != NULL ? at->block : -1;
	return is_over;
}

bool
look_is_due(struct look_visits *l, const struct run *r)
{
	if ((r->of_type[RECORD_UNLOAD] == l->unloads &&
	    r->of_type[RECORD_STEP] == l->steps) || !is_visit_over(l, r) ||
	    r->of_type[RECORD_CHUNK] == l->chunks)
		return false;
	l->chunks = r->of_type[RECORD_CHUNK];
	return true;
}

/* Was memory sampled between the last request and the one before it? */
static bool
has_rested(const struct run *r)
{
	const struct request_row *q = &r->requests[r->n_requests - 1];
	size_t i = r->n_mems;

	while (i > 0 && r->mems[i - 1].t_ns >= q->t_sent)
		i--;
	return i > 0 && q[-1].t_done != -1 &&
	    r->mems[i - 1].t_ns > q[-1].t_done;
}

/* Is it time to look for leaks?  While the server rests, every ten requests. */
static bool
is_leak_due(struct look *l, const struct run *r)
{
	const struct raw_step *at = r->n_steps == 0 ? NULL :
	    r->steps[r->n_steps - 1].is;
	bool is_news = r->of_type[RECORD_RESPONSE] != l->responses;

	l->responses = r->of_type[RECORD_RESPONSE];
	if (!is_news || at == NULL || r->n_requests < 2)
		return false;
	if (at->scenario != l->scenario)
		l->rested = 0;
	l->scenario = at->scenario;
	l->rested += has_rested(r);
	return l->rested >= LEAK_LEAST_FLOORS && l->rested % 10 == 0;
}

void
look_line(struct look *l, struct tables *t)
{
	const struct run *r = t->last_run;
	int64_t now_ns;
	bool is_due;

	if (r == NULL)
		return;
	is_due = is_leak_due(l, r);
	is_due |= look_is_due(&l->visits, r);
	if (is_due)
		look_now(t, &l->certain);
	if (!is_due && r->n_mems == l->samples)
		return;
	l->samples = r->n_mems;
	now_ns = clock_mono_ns();
	if (!is_due && now_ns - l->told_ns < memory_every_ns)
		return;
	l->told_ns = now_ns;
	publish(l, r);
}

void
look_free(struct look *l)
{
	if (l == NULL)
		return;
	unlink(l->path);
	buf_fini(&l->certain);
	free(l->tmp);
	free(l);
}
