/*
 * macOS: memory in use on the GPU, from the registry entry of its driver.
 * IOKit and CoreFoundation are loaded at run time: without them the
 * figure is unknown, and nothing else depends on them.
 */
#define _DARWIN_C_SOURCE
#include <dlfcn.h>
#include <mach/mach.h>
#include <stdbool.h>
#include <stdlib.h>

#include "darwin/slow_darwin.h"
#include "xalloc.h"

/* The few prototypes we need, as in IOKitLib.h and CFDictionary.h. */
enum { CF_SINT64 = 4 };

struct darwin_gpu {
	bool is_there;
	darwin_cf (*matching)(const char *name);
	int (*get_services)(mach_port_t master, darwin_cf matching,
	    mach_port_t *iterator);
	mach_port_t (*next)(mach_port_t iterator);
	darwin_cf (*property)(mach_port_t entry, darwin_cf key,
	    darwin_cf allocator, uint32_t options);
	int (*release_object)(mach_port_t object);
	darwin_cf (*string)(darwin_cf allocator, const char *s,
	    uint32_t encoding);
	darwin_cf (*value)(darwin_cf dictionary, darwin_cf key);
	unsigned char (*number)(darwin_cf number, long type, void *out);
	void (*release)(darwin_cf object);
	darwin_cf statistics, in_use;	/* keys */
};

static bool
load(struct darwin_gpu *g)
{
	void *kit, *cf;

	kit = dlopen("/System/Library/Frameworks/IOKit.framework/IOKit",
	    RTLD_LAZY);
	cf = dlopen("/System/Library/Frameworks/CoreFoundation.framework/"
	    "CoreFoundation", RTLD_LAZY);
	if (!darwin_find(kit, "IOServiceMatching", &g->matching) ||
	    !darwin_find(kit, "IOServiceGetMatchingServices",
	    &g->get_services) ||
	    !darwin_find(kit, "IOIteratorNext", &g->next) ||
	    !darwin_find(kit, "IORegistryEntryCreateCFProperty",
	    &g->property) ||
	    !darwin_find(kit, "IOObjectRelease", &g->release_object) ||
	    !darwin_find(cf, "CFStringCreateWithCString", &g->string) ||
	    !darwin_find(cf, "CFDictionaryGetValue", &g->value) ||
	    !darwin_find(cf, "CFNumberGetValue", &g->number) ||
	    !darwin_find(cf, "CFRelease", &g->release))
		return false;
	g->statistics = g->string(NULL, "PerformanceStatistics",
	    DARWIN_CF_UTF8);
	g->in_use = g->string(NULL, "In use system memory", DARWIN_CF_UTF8);
	return g->statistics != NULL && g->in_use != NULL;
}

struct darwin_gpu *
darwin_gpu_open(void)
{
	struct darwin_gpu *g = xcalloc(1, sizeof(*g));

	g->is_there = load(g);
	return g;
}

void
darwin_gpu_close(struct darwin_gpu *g)
{
	free(g);
}

static int64_t
in_use_of(const struct darwin_gpu *g, mach_port_t entry)
{
	darwin_cf statistics = g->property(entry, g->statistics, NULL, 0);
	darwin_cf number;
	int64_t bytes = -1;

	if (statistics == NULL)
		return -1;
	number = g->value(statistics, g->in_use);
	if (number == NULL || !g->number(number, CF_SINT64, &bytes))
		bytes = -1;
	g->release(statistics);
	return bytes;
}

int64_t
darwin_gpu_bytes(const struct darwin_gpu *g)
{
	mach_port_t iterator, entry;
	int64_t sum = -1, bytes;

	/* The matching dictionary is consumed by the call. */
	if (!g->is_there || g->get_services(0, g->matching("IOAccelerator"),
	    &iterator) != 0)
		return -1;
	while ((entry = g->next(iterator)) != 0) {
		bytes = in_use_of(g, entry);
		if (bytes >= 0)
			sum = (sum < 0 ? 0 : sum) + bytes;
		g->release_object(entry);
	}
	g->release_object(iterator);
	return sum;
}
