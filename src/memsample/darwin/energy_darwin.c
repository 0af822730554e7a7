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
#include "tree/energy.h"
#include "xalloc.h"

/* CFString.h and CFArray.h, and what is known of IOReport.h. */
typedef const void *cf_type;
enum { CF_STRING_UTF8 = 0x08000100, NAME_CAP = 64 };

struct darwin_energy {
	bool is_there;
	cf_type (*string)(cf_type allocator, const char *s, uint32_t encoding);
	unsigned char (*text)(cf_type string, char *out, long cap,
	    uint32_t encoding);
	cf_type (*value)(cf_type dictionary, cf_type key);
	cf_type (*copy)(cf_type allocator, long capacity, cf_type dictionary);
	long (*count)(cf_type array);
	cf_type (*at)(cf_type array, long i);
	void (*release)(cf_type object);
	cf_type (*channels)(cf_type group, cf_type subgroup, uint64_t a,
	    uint64_t b, uint64_t c);
	cf_type (*subscribe)(void *a, cf_type wanted, cf_type *got,
	    uint64_t channel, cf_type b);
	cf_type (*sample)(cf_type subscription, cf_type channels, cf_type a);
	cf_type (*delta)(cf_type before, cf_type now, cf_type a);
	cf_type (*channel_name)(cf_type channel);
	cf_type (*unit)(cf_type channel);
	int64_t (*integer)(cf_type channel, int32_t index);
	cf_type subscription, subscribed, list_key, before;
	int64_t nj[ENERGY_N];		/* sums; -1: no such channel yet */
};

/* See gpu_darwin.c. */
static bool
find_symbol(void *library, const char *name, void *function)
{
	void *symbol = library != NULL ? dlsym(library, name) : NULL;

	*(void **)function = symbol;
	return symbol != NULL;
}

static bool
find_symbols(struct darwin_energy *e)
{
	void *cf = dlopen("/System/Library/Frameworks/"
	    "CoreFoundation.framework/CoreFoundation", RTLD_LAZY);
	void *library = dlopen("/usr/lib/libIOReport.dylib", RTLD_LAZY);

	return find_symbol(cf, "CFStringCreateWithCString", &e->string) &&
	    find_symbol(cf, "CFStringGetCString", &e->text) &&
	    find_symbol(cf, "CFDictionaryGetValue", &e->value) &&
	    find_symbol(cf, "CFDictionaryCreateMutableCopy", &e->copy) &&
	    find_symbol(cf, "CFArrayGetCount", &e->count) &&
	    find_symbol(cf, "CFArrayGetValueAtIndex", &e->at) &&
	    find_symbol(cf, "CFRelease", &e->release) &&
	    find_symbol(library, "IOReportCopyChannelsInGroup", &e->channels) &&
	    find_symbol(library, "IOReportCreateSubscription", &e->subscribe) &&
	    find_symbol(library, "IOReportCreateSamples", &e->sample) &&
	    find_symbol(library, "IOReportCreateSamplesDelta", &e->delta) &&
	    find_symbol(library, "IOReportChannelGetChannelName",
	    &e->channel_name) &&
	    find_symbol(library, "IOReportChannelGetUnitLabel", &e->unit) &&
	    find_symbol(library, "IOReportSimpleGetIntegerValue", &e->integer);
}

/* Subscribe to the group once; what was made is kept for good. */
static bool
subscribe(struct darwin_energy *e)
{
	cf_type group, found, wanted;

	for (int k = 0; k < ENERGY_N; k++)
		e->nj[k] = -1;
	if (!find_symbols(e) || (group = e->string(NULL, "Energy Model",
	    CF_STRING_UTF8)) == NULL)
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
	    CF_STRING_UTF8);
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
text_of(const struct darwin_energy *e, cf_type string, char out[NAME_CAP])
{
	return string != NULL && e->text(string, out, NAME_CAP,
	    CF_STRING_UTF8) != 0;
}

static void
add_channel(struct darwin_energy *e, cf_type channel)
{
	char name[NAME_CAP], unit[NAME_CAP];
	int64_t unit_nj, value;
	int kind;

	if (!text_of(e, e->channel_name(channel), name) ||
	    (kind = energy_of_channel(name)) == -1 ||
	    !text_of(e, e->unit(channel), unit) ||
	    (unit_nj = energy_unit_nj(unit)) == -1)
		return;
	value = e->integer(channel, 0);
	if (e->nj[kind] < 0)
		e->nj[kind] = 0;
	if (value > 0)
		e->nj[kind] += value * unit_nj;
}

/* Returns false when the sample has no channels. */
static bool
add_channels(struct darwin_energy *e, cf_type samples)
{
	cf_type list = e->value(samples, e->list_key);
	long n = list != NULL ? e->count(list) : 0;

	for (long i = 0; i < n; i++)
		add_channel(e, e->at(list, i));
	return n > 0;
}

void
darwin_energy_read(struct darwin_energy *e, int64_t nj[ENERGY_N])
{
	cf_type now, delta;
	bool is_read = false;

	for (int k = 0; k < ENERGY_N; k++)
		nj[k] = -1;
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
	for (int k = 0; is_read && k < ENERGY_N; k++)
		nj[k] = e->nj[k];
}
