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
typedef const void *cf_ref;
enum { CF_UTF8 = 0x08000100, CF_SINT64 = 4 };

struct darwin_gpu {
	bool is_there;
	cf_ref (*matching)(const char *name);
	int (*get_services)(mach_port_t master, cf_ref matching,
	    mach_port_t *iterator);
	mach_port_t (*next)(mach_port_t iterator);
	cf_ref (*property)(mach_port_t entry, cf_ref key, cf_ref allocator,
	    uint32_t options);
	int (*release_object)(mach_port_t object);
	cf_ref (*string)(cf_ref allocator, const char *s, uint32_t encoding);
	cf_ref (*value)(cf_ref dictionary, cf_ref key);
	unsigned char (*number)(cf_ref number, long type, void *out);
	void (*release)(cf_ref object);
	cf_ref statistics, in_use;	/* keys */
};

/* dlsym() gives an object pointer where a function is meant: POSIX says the
 * two convert, ISO C has no way to say it but this. */
static bool
find(void *library, const char *name, void *function)
{
	void *symbol = library != NULL ? dlsym(library, name) : NULL;

	*(void **)function = symbol;
	return symbol != NULL;
}

static bool
load(struct darwin_gpu *g)
{
	void *kit, *cf;

	kit = dlopen("/System/Library/Frameworks/IOKit.framework/IOKit",
	    RTLD_LAZY);
	cf = dlopen("/System/Library/Frameworks/CoreFoundation.framework/"
	    "CoreFoundation", RTLD_LAZY);
	if (!find(kit, "IOServiceMatching", &g->matching) ||
	    !find(kit, "IOServiceGetMatchingServices", &g->get_services) ||
	    !find(kit, "IOIteratorNext", &g->next) ||
	    !find(kit, "IORegistryEntryCreateCFProperty", &g->property) ||
	    !find(kit, "IOObjectRelease", &g->release_object) ||
	    !find(cf, "CFStringCreateWithCString", &g->string) ||
	    !find(cf, "CFDictionaryGetValue", &g->value) ||
	    !find(cf, "CFNumberGetValue", &g->number) ||
	    !find(cf, "CFRelease", &g->release))
		return false;
	g->statistics = g->string(NULL, "PerformanceStatistics", CF_UTF8);
	g->in_use = g->string(NULL, "In use system memory", CF_UTF8);
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
	cf_ref statistics = g->property(entry, g->statistics, NULL, 0), number;
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
