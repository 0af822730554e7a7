#ifndef LMG_TESTS_UNIT_MEMSAMPLE_DARWIN_FAKE_LIBRARIES_H
#define LMG_TESTS_UNIT_MEMSAMPLE_DARWIN_FAKE_LIBRARIES_H

/* What dlopen(3) finds on a Mac: IOKit, CoreFoundation, IOReport. */

/* What a channel counts between two samples. */
struct fake_channel {
	const char *name, *unit;
	int64_t step;
};

static const struct fake_channel channels[] = {
	{ "ECPU0", "mJ", 111 },			/* a part of the next */
	{ "DIE_0_CPU Energy", "mJ", 3 },
	{ "DIE_1_CPU Energy", "mJ", 4 },
	{ "GPU Energy", "nJ", 5000 },
	{ "DRAM0", "uJ", 7 },
	{ "ANE0", "mJ", 9 },
};

struct fake_sample {
	struct fake_channel channels[6];
	int serial;
};

static int n_objects, n_made;		/* references held; samples made */
static bool no_ioreport;
static const int64_t gpu_in_use = 3 * (int64_t)MIB;

static darwin_cf
fake_string(darwin_cf allocator, const char *text, uint32_t encoding)
{
	(void)allocator;
	n_objects++;
	return encoding == 0x08000100 ? text : NULL;
}

static unsigned char
fake_text(darwin_cf string, char *out, long cap, uint32_t encoding)
{
	(void)encoding;
	return (unsigned char)(snprintf(out, (size_t)cap, "%s",
	    (const char *)string) < cap);
}

/* Of a registry entry's statistics, or of a sample. */
static darwin_cf
fake_value(darwin_cf dictionary, darwin_cf key)
{
	if (strcmp(key, "In use system memory") == 0)
		return &gpu_in_use;
	return strcmp(key, "IOReportChannels") == 0 ? dictionary : NULL;
}

static unsigned char
fake_number(darwin_cf number, long type, void *out)
{
	memcpy(out, number, sizeof(gpu_in_use));
	return type == 4;
}

static darwin_cf
fake_copy(darwin_cf allocator, long capacity, darwin_cf dictionary)
{
	(void)allocator;
	(void)capacity;
	n_objects++;
	return dictionary;
}

static void
fake_release(darwin_cf object)
{
	n_objects -= object != NULL;
}

static long
fake_count(darwin_cf array)
{
	return array != NULL ? 6 : 0;
}

static darwin_cf
fake_at(darwin_cf array, long i)
{
	return &((const struct fake_sample *)array)->channels[i];
}

static darwin_cf
fake_channels(darwin_cf group, darwin_cf subgroup, uint64_t a, uint64_t b,
    uint64_t c)
{
	(void)subgroup;
	n_objects++;
	return strcmp(group, "Energy Model") == 0 && a + b + c == 0 ?
	    "channels" : NULL;
}

static darwin_cf
fake_subscribe(void *a, darwin_cf wanted, darwin_cf *got, uint64_t channel,
    darwin_cf b)
{
	(void)a;
	(void)b;
	*got = wanted;
	return channel == 0 ? "subscription" : NULL;
}

static darwin_cf
fake_sample(darwin_cf subscription, darwin_cf subscribed, darwin_cf a)
{
	static struct fake_sample made[8];
	struct fake_sample *m = &made[n_made % 8];

	(void)a;
	if (subscription == NULL || subscribed == NULL)
		return NULL;
	m->serial = n_made++;
	n_objects++;
	return m;
}

static darwin_cf
fake_delta(darwin_cf before, darwin_cf now, darwin_cf a)
{
	static struct fake_sample delta;

	(void)a;
	memcpy(delta.channels, channels, sizeof(channels));
	for (int i = 0; i < 6; i++)
		delta.channels[i].step *=
		    ((const struct fake_sample *)now)->serial -
		    ((const struct fake_sample *)before)->serial;
	n_objects++;
	return &delta;
}

static darwin_cf
fake_name(darwin_cf channel)
{
	return ((const struct fake_channel *)channel)->name;
}

static darwin_cf
fake_unit(darwin_cf channel)
{
	return ((const struct fake_channel *)channel)->unit;
}

static int64_t
fake_integer(darwin_cf channel, int32_t index)
{
	return index == 0 ? ((const struct fake_channel *)channel)->step : -1;
}

static darwin_cf
fake_matching(const char *name)
{
	return strcmp(name, "IOAccelerator") == 0 ? name : NULL;
}

static int entries_left;

static int
fake_services(mach_port_t master, darwin_cf matching, mach_port_t *iterator)
{
	entries_left = 2;
	*iterator = 7;
	return master == 0 && matching != NULL ? 0 : 5;
}

static mach_port_t
fake_next(mach_port_t iterator)
{
	return iterator == 7 && entries_left > 0 ?
	    (mach_port_t)(entries_left-- + 10) : 0;
}

static darwin_cf
fake_property(mach_port_t entry, darwin_cf key, darwin_cf allocator,
    uint32_t options)
{
	(void)allocator;
	(void)options;
	if (entry == 11 || strcmp(key, "PerformanceStatistics") != 0)
		return NULL;		/* the second has none */
	n_objects++;
	return "statistics";
}

static int
fake_release_object(mach_port_t object)
{
	return object == 0;
}

static void *
fake_dlopen(const char *path, int flags)
{
	static char library;

	(void)flags;
	return no_ioreport && strstr(path, "IOReport") != NULL ? NULL :
	    &library;
}

typedef void any_fn(void);

static void *
fake_dlsym(void *library, const char *name)
{
	static const struct {
		const char *name;
		any_fn *fn;
	} symbols[] = {
		{ "CFStringCreateWithCString", (any_fn *)fake_string },
		{ "CFStringGetCString", (any_fn *)fake_text },
		{ "CFDictionaryGetValue", (any_fn *)fake_value },
		{ "CFNumberGetValue", (any_fn *)fake_number },
		{ "CFDictionaryCreateMutableCopy", (any_fn *)fake_copy },
		{ "CFRelease", (any_fn *)fake_release },
		{ "CFArrayGetCount", (any_fn *)fake_count },
		{ "CFArrayGetValueAtIndex", (any_fn *)fake_at },
		{ "IOReportCopyChannelsInGroup", (any_fn *)fake_channels },
		{ "IOReportCreateSubscription", (any_fn *)fake_subscribe },
		{ "IOReportCreateSamples", (any_fn *)fake_sample },
		{ "IOReportCreateSamplesDelta", (any_fn *)fake_delta },
		{ "IOReportChannelGetChannelName", (any_fn *)fake_name },
		{ "IOReportChannelGetUnitLabel", (any_fn *)fake_unit },
		{ "IOReportSimpleGetIntegerValue", (any_fn *)fake_integer },
		{ "IOServiceMatching", (any_fn *)fake_matching },
		{ "IOServiceGetMatchingServices", (any_fn *)fake_services },
		{ "IOIteratorNext", (any_fn *)fake_next },
		{ "IORegistryEntryCreateCFProperty", (any_fn *)fake_property },
		{ "IOObjectRelease", (any_fn *)fake_release_object },
	};
	void *out = NULL;

	for (size_t i = 0; i < sizeof(symbols) / sizeof(symbols[0]); i++)
		if (strcmp(symbols[i].name, name) == 0)
			memcpy(&out, &symbols[i].fn, sizeof(out));
	return library != NULL ? out : NULL;
}

#endif
