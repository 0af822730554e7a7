/*
 * macOS: energy of CPU, GPU and memory by IOReport, a private library that
 * needs no privilege.  It is loaded when first asked: where it is missing or
 * has changed the figures are unknown, and nothing else depends on them.
 */
#define _DARWIN_C_SOURCE
#include <dlfcn.h>
#include <string.h>

#include "energy.h"
#include "slow_darwin.h"

/* CFString.h and CFArray.h, and what is known of IOReport.h. */
typedef const void *cf_type;
enum { CF_STRING_UTF8 = 0x08000100, NAME_CAP = 64 };

static struct {
	bool is_tried, is_there;
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
} report;

/* See gpu_darwin.c. */
static bool
find_symbol(void *library, const char *name, void *function)
{
	void *symbol = library != NULL ? dlsym(library, name) : NULL;

	*(void **)function = symbol;
	return symbol != NULL;
}

static bool
find_symbols(void)
{
	void *cf = dlopen("/System/Library/Frameworks/"
	    "CoreFoundation.framework/CoreFoundation", RTLD_LAZY);
	void *library = dlopen("/usr/lib/libIOReport.dylib", RTLD_LAZY);

	return find_symbol(cf, "CFStringCreateWithCString", &report.string) &&
	    find_symbol(cf, "CFStringGetCString", &report.text) &&
	    find_symbol(cf, "CFDictionaryGetValue", &report.value) &&
	    find_symbol(cf, "CFDictionaryCreateMutableCopy", &report.copy) &&
	    find_symbol(cf, "CFArrayGetCount", &report.count) &&
	    find_symbol(cf, "CFArrayGetValueAtIndex", &report.at) &&
	    find_symbol(cf, "CFRelease", &report.release) &&
	    find_symbol(library, "IOReportCopyChannelsInGroup", &report.channels) &&
	    find_symbol(library, "IOReportCreateSubscription", &report.subscribe) &&
	    find_symbol(library, "IOReportCreateSamples", &report.sample) &&
	    find_symbol(library, "IOReportCreateSamplesDelta", &report.delta) &&
	    find_symbol(library, "IOReportChannelGetChannelName",
	    &report.channel_name) &&
	    find_symbol(library, "IOReportChannelGetUnitLabel", &report.unit) &&
	    find_symbol(library, "IOReportSimpleGetIntegerValue", &report.integer);
}

/* Subscribe to the group once; what was made is kept for good. */
static bool
subscribe(void)
{
	cf_type group, found, wanted;

	if (report.is_tried)
		return report.is_there;
	report.is_tried = true;
	for (int k = 0; k < ENERGY_N; k++)
		report.nj[k] = -1;
	if (!find_symbols() || (group = report.string(NULL, "Energy Model",
	    CF_STRING_UTF8)) == NULL)
		return false;
	found = report.channels(group, NULL, 0, 0, 0);
	report.release(group);
	if (found == NULL)
		return false;
	wanted = report.copy(NULL, 0, found);
	report.release(found);
	if (wanted == NULL)
		return false;
	report.subscription = report.subscribe(NULL, wanted,
	    &report.subscribed, 0, NULL);
	report.list_key = report.string(NULL, "IOReportChannels",
	    CF_STRING_UTF8);
	report.is_there = report.subscription != NULL &&
	    report.subscribed != NULL && report.list_key != NULL;
	return report.is_there;
}

static bool
text_of(cf_type string, char out[NAME_CAP])
{
	return string != NULL && report.text(string, out, NAME_CAP,
	    CF_STRING_UTF8) != 0;
}

static void
add_channel(cf_type channel)
{
	char name[NAME_CAP], unit[NAME_CAP];
	int64_t unit_nj, value;
	int kind;

	if (!text_of(report.channel_name(channel), name) ||
	    (kind = energy_of_channel(name)) == -1 ||
	    !text_of(report.unit(channel), unit) ||
	    (unit_nj = energy_unit_nj(unit)) == -1)
		return;
	value = report.integer(channel, 0);
	if (report.nj[kind] < 0)
		report.nj[kind] = 0;
	if (value > 0)
		report.nj[kind] += value * unit_nj;
}

/* Returns false when the sample has no channels. */
static bool
add_channels(cf_type samples)
{
	cf_type list = report.value(samples, report.list_key);
	long n = list != NULL ? report.count(list) : 0;

	for (long i = 0; i < n; i++)
		add_channel(report.at(list, i));
	return n > 0;
}

void
darwin_energy_read(int64_t nj[ENERGY_N])
{
	cf_type now, delta;
	bool is_read = false;

	for (int k = 0; k < ENERGY_N; k++)
		nj[k] = -1;
	if (!subscribe() || (now = report.sample(report.subscription,
	    report.subscribed, NULL)) == NULL)
		return;
	/* The first sample is where counting begins: nothing since then. */
	delta = report.delta(report.before != NULL ? report.before : now, now,
	    NULL);
	if (delta != NULL) {
		is_read = add_channels(delta);
		report.release(delta);
	}
	if (delta == NULL) {		/* the next one covers this, too */
		if (report.before == NULL)
			report.before = now;
		else
			report.release(now);
		return;
	}
	if (report.before != NULL)
		report.release(report.before);
	report.before = now;
	for (int k = 0; is_read && k < ENERGY_N; k++)
		nj[k] = report.nj[k];
}
