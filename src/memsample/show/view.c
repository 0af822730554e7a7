#include "show/view.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>

#include "clock.h"

static const int64_t draw_every_ns = 200 * NS_PER_MS;
static const int64_t trend_over_ns = 5 * NS_PER_S;
static const int64_t first_trend_ns = NS_PER_S;

const char *
view_headline(const struct counters *c, int64_t *bytes)
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
	if (v->shown_ns == 0) {
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

/* Add a part, and what parts it from the one before, when it fits into *left
 * columns; else nothing more does. */
static void
add_part(struct buf *out, size_t *left, const char *apart, const char *label,
    const char *value)
{
	size_t width = strlen(apart) + strlen(label) + strlen(value);

	if (width > *left)
		*left = 0;
	else
		buf_addf(out, "%s%s%s", apart, label, value);
	*left -= *left > 0 ? width : 0;
}

static void
add_trend(const struct view *v, struct buf *out, size_t *left)
{
	double trend = v->trend_per_s;
	char bytes[16], text[24];

	if (!v->has_trend)
		return;
	view_bytes(bytes, (int64_t)(trend < 0 ? -trend : trend));
	snprintf(text, sizeof(text), "%s/s", bytes);
	add_part(out, left, "  ", trend < 0 ? "-" : "+", text);
}

static int64_t
peak_of(const struct counters *peak)
{
	int64_t bytes;

	view_headline(peak, &bytes);
	if (peak->v[COUNTER_PEAK_RSS] > bytes)
		bytes = peak->v[COUNTER_PEAK_RSS];
	if (peak->v[COUNTER_PEAK_FOOTPRINT] > bytes)
		bytes = peak->v[COUNTER_PEAK_FOOTPRINT];
	return bytes;
}

/* The most telling parts first: a narrow terminal loses the others. */
static void
compose(const struct view *v, struct buf *out, size_t left, size_t n_procs,
    const struct counters *peak)
{
	int64_t bytes;
	const char *name = view_headline(&v->last, &bytes);
	char text[24];

	add_part(out, &left, name, " ", view_bytes(text, bytes));
	add_part(out, &left, "  ", "peak ", view_bytes(text, peak_of(peak)));
	add_trend(v, out, &left);
	add_part(out, &left, "  ", "anon ", view_bytes(text,
	    v->last.v[COUNTER_ANON]));
	add_part(out, &left, "  ", "file ", view_bytes(text,
	    v->last.v[COUNTER_FILE]));
	snprintf(text, sizeof(text), "%zu proc", n_procs);
	add_part(out, &left, "  ", "", text);
	if (v->available_bytes >= 0)
		add_part(out, &left, "  | ", "free ", view_bytes(text,
		    v->available_bytes));
	if (v->pressure >= 0) {
		snprintf(text, sizeof(text), "%.2f",
		    (double)v->pressure / 100);
		add_part(out, &left, "  ", "pressure ", text);
	}
}

void
view_live(struct view *v, struct buf *out, const struct sample *m,
    const struct counters *peak, size_t columns)
{
	int64_t bytes;

	keep_latest(v, m);
	view_headline(&v->last, &bytes);
	if (bytes >= 0)
		update_trend(v, m->at_ns, bytes);
	if (m->at_ns - v->shown_ns < draw_every_ns)
		return;
	v->shown_ns = m->at_ns;
	buf_addc(out, '\r');
	/* One column stays free: a full line would wrap. */
	compose(v, out, columns > 1 ? columns - 1 : 1, m->n_procs,
	    peak);
	buf_adds(out, "\033[K");
}

void
view_summary(struct buf *out, const struct session *s,
    const struct view_command *c)
{
	double wall = (double)c->wall_ns / (double)NS_PER_S;
	double cpu = (double)c->cpu_ns / (double)NS_PER_S;
	int status = c->status;
	char text[16];

	buf_addf(out, "%s: ", c->name);
	if (status >= 0 && WIFSIGNALED(status))
		buf_addf(out, "killed by signal %d", WTERMSIG(status));
	else if (status >= 0)
		buf_addf(out, "exit code %d", WEXITSTATUS(status));
	buf_addf(out, ", wall %.3f s", wall);
	if (c->cpu_ns >= 0 && wall > 0)
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
