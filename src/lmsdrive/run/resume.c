#include "resume.h"

#include <sys/stat.h>

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "append.h"
#include "clock.h"
#include "diag.h"
#include "plan/prompt.h"
#include "xalloc.h"

#define FIRST_LOAD_NS (60 * NS_PER_S)
#define LOAD_MIN_NS (3 * NS_PER_S)

int
resume_mend(const struct resume *r)
{
	struct stat st;
	int fd = -1;

	if (r->cut_text == NULL)
		return 0;
	/* A file that is read only says so before anything is measured. */
	if ((r->cut_bytes > 0 && (stat(r->path, &st) == -1 || truncate(r->path,
	    st.st_size - (off_t)r->cut_bytes) == -1)) ||
	    (fd = append_open(r->path)) == -1)
		return diag_warn("%s", r->path);
	close(fd);
	return 0;
}

bool
resume_is_same_boot(const struct resume *r)
{
	struct host host;

	host_read(&host);
	return strcmp(host.boot_id, r->boot_id) == 0;
}

int64_t
resume_awaited_ns(const struct resume *r, const char *url, const char **model)
{
	int64_t most = 2 * r->longest_load_ns, until = 0;

	if (!resume_is_same_boot(r))
		return 0;
	most = most == 0 ? FIRST_LOAD_NS : most < LOAD_MIN_NS ? LOAD_MIN_NS :
	    most;
	for (size_t i = 0; i < r->n_loads; i++) {
		if (r->loads[i].instance != NULL ||
		    strcmp(r->loads[i].url, url) != 0)
			continue;
		*model = r->loads[i].model;
		until = r->loads[i].begun_ns + most;
	}
	return until;
}

bool
resume_has_left(const struct resume *r, const char *url)
{
	for (size_t i = 0; i < r->n_loads; i++)
		if (strcmp(r->loads[i].url, url) == 0)
			return resume_is_same_boot(r);
	return false;
}

bool
resume_loaded(const struct resume *r, const char *url, const char *model,
    const char *instance)
{
	const struct resume_load *l;

	if (!resume_is_same_boot(r))
		return false;
	for (size_t i = 0; i < r->n_loads; i++) {
		l = &r->loads[i];
		if (strcmp(l->url, url) == 0 && strcmp(l->instance != NULL ?
		    l->instance : l->model, l->instance != NULL ? instance :
		    model) == 0)
			return true;
	}
	return false;
}

/* ---- is it the same? -------------------------------------------------- */

static int
differs(const char *what, const char *before, const char *now)
{
	if (strcmp(before, now != NULL ? now : "") == 0)
		return 0;
	return diag_warnx("--resume: the %s differs: it was \"%s\", it is "
	    "\"%s\"; start a new run", what, before, now != NULL ? now : "");
}

/* A server that we start has another port each time. */
static int
check_server(const struct resume *r, const struct client *c)
{
	if (c->managed.command != NULL)
		return 0;
	return differs("server", r->url, c->url) == -1 ||
	    differs("server's API", r->api, client_asked(c, c->wanted)) == -1 ||
	    differs("server's version", r->version, c->version) == -1 ? -1 : 0;
}

static int
check_host(const struct resume *r)
{
	struct host h;

	host_read(&h);
	if (differs("host's processor", r->cpu, h.cpu) == -1 ||
	    differs("host's kernel", r->kernel, h.kernel) == -1)
		return -1;
	if (r->memory_bytes == h.memory_bytes)
		return 0;
	return diag_warnx("--resume: the host's memory differs; start a new "
	    "run");
}

int
resume_check(const struct resume *r, const struct step *first,
    const char *plan_sha256, const struct client *c)
{
	/* The plan names its configuration: that is the better reason. */
	return differs("configuration", r->config_sha256,
	    first->config_sha256) == -1 ||
	    differs("plan", r->plan_sha256, plan_sha256) == -1 ||
	    check_server(r, c) == -1 || check_host(r) == -1 ? -1 : 0;
}

/* ---- what is left ----------------------------------------------------- */

/* What is known of s; nothing where no record names it. */
static struct resume_step
known_of(const struct resume *r, const struct step *s)
{
	return s->step < 0 || (size_t)s->step >= r->n_steps ?
	    (struct resume_step){ .done = 0 } : r->steps[s->step];
}

/* Is there nothing left to do of s?  last is the last one of the plan that was
 * begun: what its time limit left out before that has no record. */
static bool
is_finished(const struct resume *r, const struct step *s,
    const struct step *last)
{
	const struct resume_step d = known_of(r, s);

	if (!d.is_begun)
		return s->limit_ns >= 0 && s < last;
	if (d.is_broken || d.done == 0)
		return false;
	return s->op != OP_REQUEST || d.done >= s->requests || d.is_over;
}

/* Did the run step over the visit steps[0..n)?  Nothing in it was needed. */
static bool
was_not_needed(const struct resume *r, const struct step *steps, size_t n)
{
	bool has_requests = false;

	for (size_t i = 0; i < n; i++) {
		if (steps[i].op != OP_REQUEST)
			continue;
		has_requests = true;
		if (!is_finished(r, &steps[i], NULL) ||
		    !known_of(r, &steps[i]).is_decided)
			return false;
	}
	return has_requests;
}

/*
 * Does the request b need that a comes before it, of a model that is loaded
 * anew: a warm-up, the turn before it, the text that is in the cache then?
 */
static bool
prepares(const struct step *a, const struct step *b)
{
	char key[PROMPT_KEY_CAP], same[PROMPT_KEY_CAP];

	if (b->op != OP_REQUEST || !step_is_same_case(a, b))
		return false;
	return a->warmup || (b == a + 1 && b->turn > 1) ||
	    (!a->prompt.is_warm && b->prompt.is_warm &&
	    strcmp(prompt_key(key, sizeof(key), a, 0),
	    prompt_key(same, sizeof(same), b, 0)) == 0);
}

/* What of the stretch steps[0..n) is left to do. */
static void
find_left(const struct resume *r, const struct step *steps, size_t n,
    const struct step *last, bool *is_left)
{
	bool is_any = false;

	for (size_t i = 0; i < n; i++)
		is_any |= is_left[i] = !is_finished(r, &steps[i], last);
	is_any &= !was_not_needed(r, steps, n);
	for (size_t i = n; i-- > 0;) {
		is_left[i] = is_any && (is_left[i] ||
		    steps[i].op != OP_REQUEST);
		for (size_t k = i + 1; is_any && k < n && !is_left[i]; k++)
			is_left[i] = is_left[k] &&
			    prepares(&steps[i], &steps[k]);
	}
}

void
resume_filter(const struct resume *r, struct step *steps, size_t *n)
{
	struct step *out = xreallocarray(NULL, *n, sizeof(*out));
	struct step *behind = out + *n, *last = steps;
	bool *is_left = xcalloc(*n, sizeof(*is_left));
	size_t end, kept = 0;

	for (size_t i = 0; i < *n; i++)
		if (known_of(r, &steps[i]).is_begun)
			last = &steps[i];
	for (size_t i = 0; i < *n; i = end) {	/* up to the next load */
		for (end = i + 1; end < *n && steps[end].op != OP_LOAD; end++)
			continue;
		find_left(r, steps + i, end - i, last, is_left + i);
	}
	for (size_t i = 0; i < *n; i++)
		if (is_left[i])
			out[kept++] = steps[i];
		else
			*--behind = steps[i];
	memcpy(steps, out, *n * sizeof(*out));
	free(is_left);
	free(out);
	*n = kept;
}
