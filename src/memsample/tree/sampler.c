/* What those that are there use: reads the counters tier by tier, and sums. */
#include "tree/sampler.h"

#include <string.h>

#include "clock.h"

/* The end of a process is told after its memory is gone, which takes a while
 * when it was large: so long it may be on its way. */
static const int64_t dying_ns = 2 * NS_PER_S;

static const int64_t loaded_growth_min = 1024 * 1024;

void
sampler_init(struct sampler *s, struct plat *plat,
    const struct sampler_options *o, sampler_fn *fn, void *arg)
{
	*s = (struct sampler){ .plat = plat, .options = *o, .fn = fn,
	    .arg = arg };
}

void
sampler_fini(struct sampler *s)
{
	for (size_t i = 0; i < s->tree.n; i++)
		plat_proc_close(s->tree.v[i]->handle);
	tree_fini(&s->tree);
}

/* The tiers due at now_ns, given when each was read last (0: never). */
static unsigned
tiers_due(const int64_t at_ns[TIER_COUNT], int64_t now_ns,
    int64_t interval_ns, bool want_pages)
{
	unsigned due = 0, tier;

	for (int i = 0; i < TIER_COUNT; i++) {
		tier = 1u << i;
		if (tier == TIER_PAGES && !want_pages)
			continue;
		/* A tick may come a little early after a late one: half an
		 * interval of grace keeps the tier's rhythm. */
		if (at_ns[i] == 0 || now_ns - at_ns[i] + interval_ns / 2 >=
		    plat_tier_periods[i])
			due |= tier;
	}
	return due;
}

static void
new_peak_interval(struct sampler *s, struct tree_proc *p)
{
	int64_t peak = p->now.v[COUNTER_PEAK_RSS];

	if (!s->options.reset_peak || peak < 0)
		return;
	/* The kernel's mark counts from our last reset: what it says is the
	 * interval's peak, the life's is the largest of these. */
	p->now.v[COUNTER_TICK_PEAK_RSS] = peak;
	if (p->last.v[COUNTER_PEAK_RSS] > peak)
		p->now.v[COUNTER_PEAK_RSS] = p->last.v[COUNTER_PEAK_RSS];
	plat_proc_reset_peak(p->handle);
}

/* A child that was born a moment ago has its parent's memory (all of it, until
 * it runs its program, where it came by vfork): that counts once. */
static bool
is_parents(const struct sampler *s, const struct tree_proc *p, int64_t now_ns)
{
	const struct tree_proc *parent = tree_find(&s->tree, p->id.ppid);

	return parent != NULL && s->is_settled &&
	    p->last.v[COUNTER_RSS] < 0 && now_ns - p->seen_ns < NS_PER_S &&
	    p->now.v[COUNTER_RSS] > 0 &&
	    p->now.v[COUNTER_RSS] == parent->now.v[COUNTER_RSS] &&
	    p->now.v[COUNTER_ANON] == parent->now.v[COUNTER_ANON];
}

/* Read p.  Returns false when it is gone. */
static bool
read_proc(struct sampler *s, struct tree_proc *p, unsigned tiers,
    int64_t now_ns)
{
	char name[PLAT_NAME_CAP];
	enum plat_read r;

	counters_clear(&p->now);
	memcpy(name, p->id.name, sizeof(name));
	r = plat_proc_read(s->plat, p->handle, tiers, &p->now, name);
	if (r == PLAT_GONE)
		return false;
	if (r == PLAT_DENIED) {
		if (!p->is_denied)
			sampler_tell(s, SAMPLER_DENIED, p, now_ns, -1);
		p->is_denied = true;
		return true;
	}
	if (p->end_ns != 0 && now_ns - p->end_ns >= dying_ns) {
		p->end_ns = 0;		/* one of its threads, only */
		p->end_status = -1;
	}
	p->is_denied = false;
	if (is_parents(s, p, now_ns))
		counters_clear(&p->now);
	new_peak_interval(s, p);
	counters_merge(&p->last, &p->now);
	if (p->base_bytes == -1)
		p->base_bytes = counters_size(&p->last);
	if (strcmp(name, p->id.name) != 0)
		sampler_renamed(s, p, name, now_ns);
	return true;
}

/*
 * What was used since the begin never goes back: those that ended, that are
 * about to, and that this sample could not read keep what they had.
 */
static void
sum_used(const struct sampler *s, enum counter c, int64_t gone, int64_t *sum)
{
	const struct tree_proc *p;

	if (gone > 0)
		*sum = gone;
	for (size_t i = 0; i < s->tree.n; i++) {
		p = s->tree.v[i];
		if (p->last.v[c] >= 0)
			*sum = (*sum > 0 ? *sum : 0) + p->last.v[c];
	}
}

static void
begin_servers(struct sampler *s, struct sample *out)
{
	if (s->watched.n_ports < 2) {
		out->port = s->watched.n_ports == 1 ? s->watched.ports[0] : 0;
		return;
	}
	out->servers = s->servers;
	out->n_servers = s->watched.n_ports;
	for (size_t i = 0; i < out->n_servers; i++) {
		s->servers[i].port = s->watched.ports[i];
		s->servers[i].n_procs = 0;
		counters_clear(&s->servers[i].sum);
	}
}

static void
add_to_server(struct sampler *s, size_t n_servers, struct tree_proc *p)
{
	int port = n_servers > 0 ? tree_port(&s->tree, p) : 0;

	for (size_t i = 0; i < n_servers && port != 0; i++)
		if (s->servers[i].port == port) {
			s->servers[i].n_procs++;
			counters_add(&s->servers[i].sum, &p->now);
		}
}

/*
 * p has no memory any more: will an event tell how it ended?  It was there
 * until now, perhaps, and not only until the sample was due: in between the
 * unload may have begun that ended it.
 */
static bool
is_dying(struct sampler *s, struct tree_proc *p, int64_t now_ns)
{
	if (p->gone_ns == 0)
		p->gone_ns = now_ns;
	if (p->end_ns == 0)
		p->end_ns = clock_mono_ns();
	return p->end_status == -1 && plat_events_missing(s->plat) == NULL &&
	    now_ns - p->gone_ns < dying_ns;
}

static void
read_tree(struct sampler *s, unsigned tiers, struct sample *out)
{
	struct tree_proc *p;

	for (size_t i = 0; i < s->tree.n;) {
		p = s->tree.v[i];
		/* Its pid may be another's by the next read. */
		if (p->gone_ns == 0 && read_proc(s, p, tiers, out->at_ns)) {
			p->read_ns = out->at_ns;
			out->n_procs++;
			out->unread += p->is_denied;
			counters_add(&out->sum, &p->now);
			add_to_server(s, out->n_servers, p);
		} else if (!is_dying(s, p, out->at_ns)) {
			sampler_drop(s, p, p->end_ns, p->end_status);
			continue;
		}
		i++;
	}
	out->sum.v[COUNTER_CPU] = out->sum.v[COUNTER_CPU_ENERGY] = -1;
	if ((tiers & TIER_CPU) != 0)
		sum_used(s, COUNTER_CPU, s->tree.gone_cpu_ns,
		    &out->sum.v[COUNTER_CPU]);
	if ((tiers & TIER_SLOW) != 0)
		sum_used(s, COUNTER_CPU_ENERGY, s->tree.gone_energy_nj,
		    &out->sum.v[COUNTER_CPU_ENERGY]);
}

static void
look_for_worker(struct sampler *s, int64_t min_bytes, int64_t now_ns)
{
	struct tree_proc *p = tree_find_worker(&s->tree, min_bytes);

	if (p != NULL)
		sampler_tell(s, SAMPLER_WORKER, p, now_ns, -1);
}

void
sampler_take(struct sampler *s, int64_t now_ns, bool is_full,
    struct sample *out)
{
	static const int64_t never[TIER_COUNT];
	unsigned tiers = tiers_due(is_full ? never : s->tier_at_ns,
	    now_ns, s->options.interval_ns, s->options.want_pages);

	*out = (struct sample){ .at_ns = now_ns };
	counters_clear(&out->sum);
	sys_counters_clear(&out->sys);
	sampler_look_around(s, now_ns);
	begin_servers(s, out);
	read_tree(s, tiers, out);
	plat_sys_read(s->plat, tiers, &out->sys);
	for (int i = 0; i < TIER_COUNT; i++)
		if ((tiers & 1u << i) != 0)
			s->tier_at_ns[i] = now_ns;
	s->is_settled = s->is_settled || s->tree.n > 0;
	if ((tiers & TIER_CPU) != 0)
		look_for_worker(s, TREE_GROWTH_MIN, now_ns);
}

void
sampler_end(struct sampler *s)
{
	for (size_t i = 0; i < s->tree.n;)
		if (s->tree.v[i]->gone_ns != 0)
			sampler_drop(s, s->tree.v[i], s->tree.v[i]->end_ns,
			    s->tree.v[i]->end_status);
		else
			i++;
}

void
sampler_load_ended(struct sampler *s, int64_t now_ns)
{
	look_for_worker(s, loaded_growth_min, now_ns);
}
