/*
 * macOS: energy of CPU, GPU and memory by IOReport, a private library that
 * needs no privilege.  It is loaded at run time: where it is missing or
 * has changed the figures are unknown, and nothing else depends on them.
 */
#define _DARWIN_C_SOURCE
#include <dlfcn.h>
#include <stdlib.h>
#include <string.h>

#include "darwin/slow_darwin.h"
#include "xalloc.h"

/* CFString.h and CFArray.h, and what is known of IOReport.h. */
enum { NAME_CAP = 64 };

struct darwin_energy {
	bool is_there;
	darwin_cf (*string)(darwin_cf allocator, const char *s,
	    uint32_t encoding);
	unsigned char (*text)(darwin_cf string, char *out, long cap,
	    uint32_t encoding);
	darwin_cf (*value)(darwin_cf dictionary, darwin_cf key);
	darwin_cf (*copy)(darwin_cf allocator, long capacity,
	    darwin_cf dictionary);
	long (*count)(darwin_cf array);
	darwin_cf (*at)(darwin_cf array, long i);
	void (*release)(darwin_cf object);
	darwin_cf (*channels)(darwin_cf group, darwin_cf subgroup, uint64_t a,
	    uint64_t b, uint64_t c);
	darwin_cf (*subscribe)(void *a, darwin_cf wanted, darwin_cf *got,
	    uint64_t channel, darwin_cf b);
	darwin_cf (*sample)(darwin_cf subscription, darwin_cf channels,
	    darwin_cf a);
	darwin_cf (*delta)(darwin_cf before, darwin_cf now, darwin_cf a);
	darwin_cf (*channel_name)(darwin_cf channel);
	darwin_cf (*unit)(darwin_cf channel);
	int64_t (*integer)(darwin_cf channel, int32_t index);
	darwin_cf subscription, subscribed, list_key, before;
	int64_t nj[SYS_N];		/* sums; -1: no such channel yet */
};

static bool
find_symbols(struct darwin_energy *e)
{
	void *cf = dlopen("/System/Library/Frameworks/"
	    "CoreFoundation.framework/CoreFoundation", RTLD_LAZY);
	void *library = dlopen("/usr/lib/libIOReport.dylib", RTLD_LAZY);

	return darwin_find(cf, "CFStringCreateWithCString", &e->string) &&
	    darwin_find(cf, "CFStringGetCString", &e->text) &&
	    darwin_find(cf, "CFDictionaryGetValue", &e->value) &&
	    darwin_find(cf, "CFDictionaryCreateMutableCopy", &e->copy) &&
	    darwin_find(cf, "CFArrayGetCount", &e->count) &&
	    darwin_find(cf, "CFArrayGetValueAtIndex", &e->at) &&
	    darwin_find(cf, "CFRelease", &e->release) &&
	    darwin_find(library, "IOReportCopyChannelsInGroup", &e->channels) &&
	    darwin_find(library, "IOReportCreateSubscription", &e->subscribe) &&
	    darwin_find(library, "IOReportCreateSamples", &e->sample) &&
	    darwin_find(library, "IOReportCreateSamplesDelta", &e->delta) &&
	    darwin_find(library, "IOReportChannelGetChannelName",
	    &e->channel_name) &&
	    darwin_find(library, "IOReportChannelGetUnitLabel", &e->unit) &&
	    darwin_find(library, "IOReportSimpleGetIntegerValue", &e->integer);
}

/* Subscribe to the group once; what was made is kept for good. */
static bool
subscribe(struct darwin_energy *e)
{
	darwin_cf group, found, wanted;

	for (int k = 0; k < SYS_N; k++)
		e->nj[k] = -1;
	if (!find_symbols(e) || (group = e->string(NULL, "Energy Model",
	    DARWIN_CF_UTF8)) == NULL)
		return false;
	found = e->channels(group, NULL, 0, 0, 0);
	e->release(group);
	if (found == NULL)
		return false;
	wanted = e->copy(NULL, 0, found);
	e->release(found);
	if (wanted == NULL)
		return false;
	e->subscription = e->subscribe(NULL, wanted,
	    &e->subscribed, 0, NULL);
	e->list_key = e->string(NULL, "IOReportChannels",
	    DARWIN_CF_UTF8);
	return e->subscription != NULL && e->subscribed != NULL &&
	    e->list_key != NULL;
}

struct darwin_energy *
darwin_energy_open(void)
{
	struct darwin_energy *e = xcalloc(1, sizeof(*e));

	e->is_there = subscribe(e);
	return e;
}

void
darwin_energy_close(struct darwin_energy *e)
{
	free(e);
}

static bool
text_of(const struct darwin_energy *e, darwin_cf string, char out[NAME_CAP])
{
	return string != NULL && e->text(string, out, NAME_CAP,
	    DARWIN_CF_UTF8) != 0;
}

static bool
ends_with(const char *s, const char *end)
{
	size_t n = strlen(s), m = strlen(end);

	return n >= m && strcmp(s + n - m, end) == 0;
}

/*
 * What a channel of the group "Energy Model" counts: the sums "CPU Energy" (of
 * each die) and "GPU Energy", and "DRAM".  Returns an enum sys_counter, or -1:
 * a part of another one, or nothing of ours.
 */
static int
counter_of(const char *name)
{
	/* "DIE_0_CPU Energy" on machines of several dies. */
	if (ends_with(name, "CPU Energy"))
		return SYS_CPU_ENERGY;
	if (ends_with(name, "GPU Energy"))
		return SYS_GPU_ENERGY;
	/* "DRAM", "DRAM0"; not "DRAM BW" or the like. */
	if (strncmp(name, "DRAM", 4) == 0 &&
	    name[4 + strspn(name + 4, "0123456789")] == '\0')
		return SYS_DRAM_ENERGY;
	return -1;
}

/* Nanojoules in one unit of this label, blanks around it allowed; -1: not
 * known. */
static int64_t
unit_nj(const char *label)
{
	static const struct {
		const char *label;
		int64_t nj;
	} units[] = { { "nJ", 1 }, { "uJ", 1000 }, { "\xc2\xb5J", 1000 },
	    { "mJ", 1000000 }, { "J", 1000000000 } };
	size_t n;

	label += strspn(label, " ");
	n = strcspn(label, " ");
	for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++)
		if (strlen(units[i].label) == n &&
		    strncmp(units[i].label, label, n) == 0)
			return units[i].nj;
	return -1;
}

static void
add_channel(struct darwin_energy *e, darwin_cf channel)
{
	char name[NAME_CAP], unit[NAME_CAP];
	int64_t nj, value;
	int kind;

	if (!text_of(e, e->channel_name(channel), name) ||
	    (kind = counter_of(name)) == -1 ||
	    !text_of(e, e->unit(channel), unit) ||
	    (nj = unit_nj(unit)) == -1)
		return;
	value = e->integer(channel, 0);
	if (e->nj[kind] < 0)
		e->nj[kind] = 0;
	if (value > 0)
		e->nj[kind] += value * nj;
}

/* Returns false when the sample has no channels. */
static bool
add_channels(struct darwin_energy *e, darwin_cf samples)
{
	darwin_cf list = e->value(samples, e->list_key);
	long n = list != NULL ? e->count(list) : 0;

	for (long i = 0; i < n; i++)
		add_channel(e, e->at(list, i));
	return n > 0;
}

void
darwin_energy_read(struct darwin_energy *e, int64_t v[SYS_N])
{
	darwin_cf now, delta;
	bool is_read = false;

	if (!e->is_there || (now = e->sample(e->subscription,
	    e->subscribed, NULL)) == NULL)
		return;
	/* The first sample is where counting begins: nothing since then. */
	delta = e->delta(e->before != NULL ? e->before : now, now,
	    NULL);
	if (delta != NULL) {
		is_read = add_channels(e, delta);
		e->release(delta);
	}
	if (delta == NULL) {		/* the next one covers this, too */
		if (e->before == NULL)
			e->before = now;
		else
			e->release(now);
		return;
	}
	if (e->before != NULL)
		e->release(e->before);
	e->before = now;
	for (int k = 0; is_read && k < SYS_N; k++)
		if (e->nj[k] >= 0)
			v[k] = e->nj[k];
}
