/*
 * macOS: memory in use on the GPU, from the registry entry of its driver.
 * IOKit and CoreFoundation are loaded when first asked: without them the
 * figure is unknown, and nothing else depends on them.
 */
#define _DARWIN_C_SOURCE
#include <dlfcn.h>
#include <mach/mach.h>
#include <stdbool.h>

#include "slow_darwin.h"

/* The few prototypes we need, as in IOKitLib.h and CFDictionary.h. */
typedef const void *cf_ref;
enum { CF_UTF8 = 0x08000100, CF_SINT64 = 4 };

static struct {
	bool is_tried, is_there;
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
} io;

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
load(void)
{
	void *kit, *cf;

	if (io.is_tried)
		return io.is_there;
	io.is_tried = true;
	kit = dlopen("/System/Library/Frameworks/IOKit.framework/IOKit",
	    RTLD_LAZY);
	cf = dlopen("/System/Library/Frameworks/CoreFoundation.framework/"
	    "CoreFoundation", RTLD_LAZY);
	if (!find(kit, "IOServiceMatching", &io.matching) ||
	    !find(kit, "IOServiceGetMatchingServices", &io.get_services) ||
	    !find(kit, "IOIteratorNext", &io.next) ||
	    !find(kit, "IORegistryEntryCreateCFProperty", &io.property) ||
	    !find(kit, "IOObjectRelease", &io.release_object) ||
	    !find(cf, "CFStringCreateWithCString", &io.string) ||
	    !find(cf, "CFDictionaryGetValue", &io.value) ||
	    !find(cf, "CFNumberGetValue", &io.number) ||
	    !find(cf, "CFRelease", &io.release))
		return false;
	io.statistics = io.string(NULL, "PerformanceStatistics", CF_UTF8);
	io.in_use = io.string(NULL, "In use system memory", CF_UTF8);
	io.is_there = io.statistics != NULL && io.in_use != NULL;
	return io.is_there;
}

static int64_t
in_use_of(mach_port_t entry)
{
	cf_ref statistics = io.property(entry, io.statistics, NULL, 0), number;
	int64_t bytes = -1;

	if (statistics == NULL)
		return -1;
	number = io.value(statistics, io.in_use);
	if (number == NULL || !io.number(number, CF_SINT64, &bytes))
		bytes = -1;
	io.release(statistics);
	return bytes;
}

int64_t
darwin_gpu_bytes(void)
{
	mach_port_t iterator, entry;
	int64_t sum = -1, bytes;

	/* The matching dictionary is consumed by the call. */
	if (!load() || io.get_services(0, io.matching("IOAccelerator"),
	    &iterator) != 0)
		return -1;
	while ((entry = io.next(iterator)) != 0) {
		bytes = in_use_of(entry);
		if (bytes >= 0)
			sum = (sum < 0 ? 0 : sum) + bytes;
		io.release_object(entry);
	}
	io.release_object(iterator);
	return sum;
}
