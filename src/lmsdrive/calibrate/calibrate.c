#include "calibrate.h"

#include <sys/resource.h>
#include <sys/wait.h>

#include <math.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "clock.h"
#include "diag.h"
#include "host.h"
#include "pacer.h"
#include "run/exchange.h"
#include "server/api.h"
#include "xalloc.h"

/* One measurement under way. */
struct rig {
	struct pacer pacer;
	struct output out;
	struct loop loop;
	struct net *net;
	struct client client;
	struct step step;
	int reader_fd;
	pid_t reader;
	size_t over;
	struct bare_stream *bare;
};

/* A stream of the bare loop: bytes are counted, nothing is understood. */
struct bare_stream {
	struct rig *rig;
	char *body;
	int64_t chunks, last_ns;
};

/* ---- a pipe that is read ---------------------------------------------- */

static int
start_reader(struct rig *g)
{
	char block[65536];
	int fds[2];

	if (pipe(fds) == -1 || (g->reader = fork()) == -1)
		return diag_warn("calibrate");
	if (g->reader == 0) {
		close(fds[1]);
		while (read(fds[0], block, sizeof(block)) > 0)
			continue;
		_exit(0);
	}
	close(fds[0]);
	g->reader_fd = fds[1];
	return 0;
}

static void
stop_reader(struct rig *g)
{
	close(g->reader_fd);
	while (waitpid(g->reader, NULL, 0) == -1)
		continue;
}

/* ---- the streams ------------------------------------------------------ */

static void
on_over(void *arg, struct exchange *x)
{
	struct rig *g = arg;

	(void)x;
	g->over++;
}

static int
on_bare_body(void *arg, struct transfer *t, const char *bytes, size_t len,
    const struct arrival_time *when)
{
	struct bare_stream *b = arg;

	(void)t;
	(void)bytes;
	(void)len;
	b->chunks++;
	b->last_ns = when->callback_ns;
	return 0;
}

static void
on_bare_done(void *arg, struct transfer *t, const struct transfer_result *r)
{
	struct bare_stream *b = arg;

	(void)t;
	(void)r;
	b->rig->over++;
}

static void
begin_bare(struct rig *g, struct bare_stream *b, const char *url)
{
	struct transfer_request rq = {
		.url = url, .body = "{}", .body_len = 2,
		.connect_ns = 5 * NS_PER_S,
		.on_body = on_bare_body, .on_done = on_bare_done, .arg = b
	};

	b->rig = g;
	transfer_begin(g->net, &rq);
}

/* Turn until all streams are over. */
static void
wait_all(struct rig *g, size_t streams, int64_t until_ns)
{
	while (g->over < streams && clock_mono_ns() < until_ns &&
	    !loop_is_over(&g->loop))
		net_turn(g->net, until_ns);
}

/* ---- what came out ---------------------------------------------------- */

static int
compare(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

/* Nearest rank of v[0..n), sorted; NAN when there is none. */
static double
rank(const double *v, size_t n, double p)
{
	size_t i = (size_t)ceil(p * (double)n);

	return n == 0 ? NAN : v[i > 0 ? i - 1 : 0];
}

static void
judge(struct calibration *c, const struct pacer *p, struct exchange **xs)
{
	size_t cap = p->streams * p->chunks, n = 0, m = 0;
	double *late = xcalloc(cap, sizeof(*late));
	double *first = xcalloc(p->streams, sizeof(*first));
	const struct exchange *x;
	long s;

	for (size_t i = 0; i < p->streams; i++) {
		x = xs[i];
		if (sscanf(x->facts.model_served, "s%ld", &s) != 1 || s < 0 ||
		    (size_t)s >= p->streams || x->n_stamps == 0)
			continue;
		first[m++] = (double)((x->first_token_ns - x->sent_ns) -
		    (p->stream[s].first_ns - p->stream[s].request_ns));
		for (size_t k = 0; k < x->n_stamps && k < p->chunks; k++)
			late[n++] = (double)(x->stamps[k] -
			    p->sent_ns[(size_t)s * p->chunks + k]);
	}
	qsort(late, n, sizeof(*late), compare);
	qsort(first, m, sizeof(*first), compare);
	c->chunks = (int64_t)n;
	c->p50 = rank(late, n, 0.5);
	c->p99 = rank(late, n, 0.99);
	c->max = rank(late, n, 1);
	c->ttft_p50 = rank(first, m, 0.5);
	c->ttft_p99 = rank(first, m, 0.99);
	c->ttft_max = rank(first, m, 1);
	free(late);
	free(first);
}

/* ---- one measurement -------------------------------------------------- */

static void
measure(struct calibration *c, struct rig *g)
{
	struct pacer *p = &g->pacer;
	struct exchange **xs = xcalloc(p->streams, sizeof(struct exchange *));
	int64_t begun = clock_cpu_ns(RUSAGE_SELF), received = 0, until;

	until = clock_mono_ns() + 3 * c->o.duration_ns + 10 * NS_PER_S;
	for (size_t i = 0; i < p->streams; i++) {
		xs[i] = exchange_new(&g->step, (int64_t)i, &g->client,
		    &g->out, "calibration", NULL);
		xs[i]->on_over = on_over;
		xs[i]->arg = g;
		if (p->gap_ns > 0) {
			xs[i]->stamps = xcalloc(p->chunks, sizeof(int64_t));
			xs[i]->cap_stamps = p->chunks;
		}
	}
	for (size_t i = 0; i < p->streams; i++)
		exchange_begin(xs[i], (int64_t)i + 1, clock_mono_ns());
	wait_all(g, p->streams, until);
	for (size_t i = 0; i < p->streams; i++) {
		exchange_stop(xs[i], STATUS_CANCELLED, "too slow");
		received += xs[i]->token_chunks;
	}
	c->cpu_per_chunk =
		    (double)(clock_cpu_ns(RUSAGE_SELF) - begun) /
		    (double)received;
	c->chunks = received;
	if (p->gap_ns > 0)
		judge(c, p, xs);
	for (size_t i = 0; i < p->streams; i++) {
		free(xs[i]->stamps);
		exchange_free(xs[i]);
	}
	free(xs);
}

static void
measure_bare(struct calibration *c, struct rig *g)
{
	struct pacer *p = &g->pacer;
	struct bare_stream *b = xcalloc(p->streams, sizeof(*b));
	char *url = xasprintf("%s/v1/chat/completions", g->client.url);
	int64_t begun = clock_cpu_ns(RUSAGE_SELF);

	for (size_t i = 0; i < p->streams; i++)
		begin_bare(g, &b[i], url);
	wait_all(g, p->streams, clock_mono_ns() + 3 * c->o.duration_ns +
	    10 * NS_PER_S);
	for (size_t i = 0; i < p->streams; i++)
		c->chunks += b[i].chunks;
	/* Of those that came together it has seen one: count as ours does. */
	if (p->gap_ns > 0 && g->over == p->streams)
		c->chunks = (int64_t)(p->streams * p->chunks);
	c->cpu_per_chunk =
		    (double)(clock_cpu_ns(RUSAGE_SELF) - begun) /
		    (double)c->chunks;
	net_free(g->net);
	g->net = NULL;
	free(url);
	free(b);
}

static int
open_rig(struct rig *g, const struct calibration_options *o)
{
	if (start_reader(g) == -1)
		return -1;
	output_init(&g->out, g->reader_fd);
	if (loop_init(&g->loop, &g->out.q) == -1 ||
	    (g->net = net_new(&g->loop, o->bare ? NULL : sse_next_end)) ==
	    NULL)
		return -1;
	step_init(&g->step);
	g->step.server.url = xasprintf("http://127.0.0.1:%d", g->pacer.port);
	free(g->step.server.token_env);
	g->step.server.token_env = NULL;
	g->step.sampling.max_tokens = (int64_t)g->pacer.chunks;
	g->step.prompt.name = xstrdup("calibration");
	g->step.prompt.text = xstrdup("calibration");
	client_init(&g->client, g->net, &g->step.server, 5 * NS_PER_S);
	g->client.api = &api_openai;
	return 0;
}

static void
close_rig(struct rig *g)
{
	net_free(g->net);
	loop_fini(&g->loop);
	client_fini(&g->client);
	step_fini(&g->step);
	output_fini(&g->out);
	stop_reader(g);
}

int
calibrate(struct calibration *c, const struct calibration_options *o)
{
	struct rig g = { .pacer = { .streams = (size_t)o->streams,
	    .first_ns = o->first_ns, .gap_ns = o->gap_ns,
	    .role_chunk = o->role_chunk } };
	int rc = -1;

	*c = (struct calibration){ .o = *o, .p50 = NAN, .p99 = NAN,
	    .max = NAN, .ttft_p50 = NAN, .ttft_p99 = NAN, .ttft_max = NAN,
	    .max_rss_bytes = -1 };
	/* Flat out: about what a CPU second takes, for each second asked. */
	g.pacer.chunks = o->gap_ns > 0 ?
	    (size_t)(o->duration_ns / o->gap_ns) + 2 :
	    (size_t)(o->duration_ns / (2500 * o->streams)) + 1;
	if (pacer_start(&g.pacer) == -1)
		return -1;
	if (open_rig(&g, o) == 0) {
		c->has_kernel_clock = net_has_kernel_clock(g.net);
		if (o->bare)
			measure_bare(c, &g);
		else
			measure(c, &g);
		c->chunks_per_cpu_s = 1e9 / c->cpu_per_chunk;
		c->max_rss_bytes = host_own_peak_rss_bytes();
		rc = 0;
	}
	close_rig(&g);
	pacer_stop(&g.pacer);
	return rc;
}

static void
whole_ns(struct json *j, const char *key, double v)
{
	json_num(j, key, isfinite(v) ? round(v) : NAN);
}

void
calibration_write(struct json *j, const struct calibration *c)
{
	json_int(j, "streams", c->o.streams);
	json_int(j, "gap_ns", c->o.gap_ns);
	json_int(j, "chunks", c->chunks);
	json_str(j, "clock", c->has_kernel_clock ? "kernel" : "callback");
	whole_ns(j, "p50_ns", c->p50);
	whole_ns(j, "p99_ns", c->p99);
	whole_ns(j, "max_ns", c->max);
	whole_ns(j, "ttft_p50_ns", c->ttft_p50);
	whole_ns(j, "ttft_p99_ns", c->ttft_p99);
	whole_ns(j, "ttft_max_ns", c->ttft_max);
	whole_ns(j, "cpu_ns_per_chunk", c->cpu_per_chunk);
	whole_ns(j, "chunks_per_cpu_s", c->chunks_per_cpu_s);
	json_count(j, "max_rss_bytes", c->max_rss_bytes);
}
