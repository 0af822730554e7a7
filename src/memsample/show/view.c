#include "show/view.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>

#include "clock.h"

static const int64_t trend_over_ns = 5 * NS_PER_S;
static const int64_t first_trend_ns = NS_PER_S;

/* The name of the headline counter here: "footprint" or "rss". */
static const char *
headline(const struct counters *c, int64_t *bytes)
{
	if (c->v[COUNTER_FOOTPRINT] >= 0) {
		*bytes = c->v[COUNTER_FOOTPRINT];
		return "footprint";
	}
	*bytes = c->v[COUNTER_RSS];
	return "rss";
}

char *
view_bytes(char *out, int64_t bytes)
{
	static const char *const units[] = { "B", "KiB", "MiB", "GiB", "TiB" };
	double v = (double)bytes;
	int u = 0;

	if (bytes < 0)
		return strcpy(out, "-");
	while (v >= 1024 && u < 4) {
		v /= 1024;
		u++;
	}
	snprintf(out, 16, u == 0 ? "%.0f %s" : v < 10 ? "%.2f %s" :
	    v < 100 ? "%.1f %s" : "%.0f %s", v, units[u]);
	return out;
}

static void
csv_cell(struct buf *out, int64_t v)
{
	if (v >= 0)
		buf_addf(out, ",%" PRId64, v);
	else
		buf_addc(out, ',');
}

static void
csv_header(struct buf *out)
{
	buf_adds(out, "t_ns,n_procs");
	for (int i = 0; i < COUNTER_N; i++)
		buf_addf(out, ",%s", counter_infos[i].key);
	for (int i = 0; i < SYS_N; i++)
		buf_addf(out, ",sys_%s", sys_counter_infos[i].key);
	buf_adds(out, ",late_ns,missed,cost_ns\n");
}

void
view_csv(struct view *v, struct buf *out, const struct sample *m,
    int64_t origin_ns)
{
	if (!v->has_header)
		csv_header(out);
	v->has_header = true;
	buf_addf(out, "%" PRId64 ",%zu", m->at_ns - origin_ns,
	    m->n_procs);
	for (int i = 0; i < COUNTER_N; i++)
		csv_cell(out, m->sum.v[i]);
	for (int i = 0; i < SYS_N; i++) {
		if (i == SYS_PRESSURE && m->sys.v[i] >= 0)
			buf_addf(out, ",%.2f", (double)m->sys.v[i] / 100);
		else
			csv_cell(out, m->sys.v[i]);
	}
	csv_cell(out, m->late_ns);
	csv_cell(out, m->missed);
	csv_cell(out, m->cost_ns);
	buf_addc(out, '\n');
}

static void
update_trend(struct view *v, int64_t now_ns, int64_t bytes)
{
	int64_t over_ns = v->has_trend ? trend_over_ns : first_trend_ns;

	if (v->trend_ns == 0) {
		v->trend_ns = now_ns;
		v->trend_bytes = bytes;
	}
	if (now_ns - v->trend_ns < over_ns)
		return;
	v->trend_per_s = (double)(bytes - v->trend_bytes) /
	    ((double)(now_ns - v->trend_ns) / (double)NS_PER_S);
	v->trend_ns = now_ns;
	v->trend_bytes = bytes;
	v->has_trend = true;
}

/* What this sample did not read stays on the screen as it was. */
static void
keep_latest(struct view *v, const struct sample *m)
{
	if (v->line.drawn_ns == 0) {
		counters_clear(&v->last);
		v->available_bytes = v->pressure = -1;
	}
	if (m->sum.v[COUNTER_RSS] < 0 && m->sum.v[COUNTER_FOOTPRINT] < 0)
		counters_clear(&v->last);	/* no process any more */
	counters_merge(&v->last, &m->sum);
	if (m->sys.v[SYS_AVAILABLE] >= 0)
		v->available_bytes = m->sys.v[SYS_AVAILABLE];
	if (m->sys.v[SYS_PRESSURE] >= 0)
		v->pressure = m->sys.v[SYS_PRESSURE];
}

static int64_t
peak_of(const struct counters *peak)
{
	int64_t bytes;

	headline(peak, &bytes);
	if (peak->v[COUNTER_PEAK_RSS] > bytes)
		bytes = peak->v[COUNTER_PEAK_RSS];
	if (peak->v[COUNTER_PEAK_FOOTPRINT] > bytes)
		bytes = peak->v[COUNTER_PEAK_FOOTPRINT];
	return bytes;
}

/* The most telling parts first: a narrow terminal loses the others. */
static void
compose(const struct view *v, struct buf *out, size_t n_procs,
    const struct counters *peak)
{
	double trend = v->trend_per_s;
	int64_t bytes;
	const char *name = headline(&v->last, &bytes);
	char text[16];

	buf_addf(out, "%s %s", name, view_bytes(text, bytes));
	buf_addf(out, "  peak %s", view_bytes(text, peak_of(peak)));
	if (v->has_trend)
		buf_addf(out, "  %c%s/s", trend < 0 ? '-' : '+',
		    view_bytes(text, (int64_t)fabs(trend)));
	buf_addf(out, "  anon %s", view_bytes(text, v->last.v[COUNTER_ANON]));
	buf_addf(out, "  file %s", view_bytes(text, v->last.v[COUNTER_FILE]));
	buf_addf(out, "  %zu proc", n_procs);
	if (v->available_bytes >= 0)
		buf_addf(out, "  | free %s", view_bytes(text,
		    v->available_bytes));
	if (v->pressure >= 0)
		buf_addf(out, "  pressure %.2f", (double)v->pressure / 100);
}

void
view_live(struct view *v, struct buf *out, const struct sample *m,
    const struct counters *peak)
{
	struct buf text = BUF_INIT;
	int64_t bytes;

	keep_latest(v, m);
	headline(&v->last, &bytes);
	if (bytes >= 0)
		update_trend(v, m->at_ns, bytes);
	if (!statusline_is_due(&v->line, m->at_ns))
		return;
	compose(v, &text, m->n_procs, peak);
	statusline_put(&v->line, out, buf_cstr(&text), "", m->at_ns);
	buf_fini(&text);
}

void
view_summary(struct buf *out, const struct session *s, const char *name,
    int status, int64_t wall_ns, int64_t cpu_ns)
{
	double wall = (double)wall_ns / (double)NS_PER_S;
	double cpu = (double)cpu_ns / (double)NS_PER_S;
	char text[16];

	buf_addf(out, "%s: ", name);
	if (status >= 0 && WIFSIGNALED(status))
		buf_addf(out, "killed by signal %d", WTERMSIG(status));
	else if (status >= 0)
		buf_addf(out, "exit code %d", WEXITSTATUS(status));
	buf_addf(out, ", wall %.3f s", wall);
	if (cpu_ns >= 0 && wall > 0)
		buf_addf(out, ", CPU %.3f s (%.0f %%)", cpu, cpu / wall * 100);
	buf_addf(out, ", %" PRIu64 " samples\n", s->samples);
	for (int i = 0; i < COUNTER_N; i++) {
		if (s->peak.v[i] < 0 || i == COUNTER_CPU ||
		    i == COUNTER_CPU_ENERGY)
			continue;
		buf_addf(out, "  %-30s %10s  at %.3f s\n",
		    counter_infos[i].key, view_bytes(text, s->peak.v[i]),
		    (double)(s->peak_at_ns[i] - s->start_ns) /
		    (double)NS_PER_S);
	}
}
