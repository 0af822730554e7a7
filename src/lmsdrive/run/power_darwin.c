/*
 * macOS: both answers are public, in frameworks that are loaded when they are
 * asked, so that nothing else depends on them.
 */
#define _DARWIN_C_SOURCE
#include "power.h"

#include <libkern/OSThermalNotification.h>
#include <dlfcn.h>
#include <math.h>
#include <notify.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

/* IOPSGetTimeRemainingEstimate(): no end on the mains. */
static const double unlimited_s = -2;

/* See gpu_darwin.c: ISO C has no conversion of a pointer to a function. */
static bool
find_symbol(void *library, const char *name, void *function)
{
	void *symbol = library != NULL ? dlsym(library, name) : NULL;

	memcpy(function, &symbol, sizeof(symbol));
	return symbol != NULL;
}

static int
on_battery(void)
{
	void *kit = dlopen("/System/Library/Frameworks/IOKit.framework/IOKit",
	    RTLD_LAZY);
	double (*remaining_s)(void);

	if (!find_symbol(kit, "IOPSGetTimeRemainingEstimate", &remaining_s))
		return -1;
	return remaining_s() > unlimited_s;
}

/* [[NSProcessInfo processInfo] isLowPowerModeEnabled] */
static int
low_power(void)
{
	void *objc = dlopen("/usr/lib/libobjc.A.dylib", RTLD_LAZY);
	void *(*class_of)(const char *name), *(*selector)(const char *name);
	void *(*ask)(void *object, void *selector);
	bool (*is)(void *object, void *selector);
	void *info;

	if (dlopen("/System/Library/Frameworks/Foundation.framework/"
	    "Foundation", RTLD_LAZY) == NULL ||
	    !find_symbol(objc, "objc_getClass", &class_of) ||
	    !find_symbol(objc, "sel_registerName", &selector) ||
	    !find_symbol(objc, "objc_msgSend", &ask) ||
	    !find_symbol(objc, "objc_msgSend", &is))
		return -1;
	info = class_of("NSProcessInfo");
	if (info != NULL)
		info = ask(info, selector("processInfo"));
	return info == NULL ? -1 : is(info, selector("isLowPowerModeEnabled"));
}

void
power_read(struct power *w, const char *root)
{
	(void)root;
	*w = (struct power){ .on_battery = on_battery(),
	    .low_power = low_power() };
}

/*
 * The system publishes its thermal pressure (0 nominal, then moderate, heavy,
 * trapping, sleeping) as the state of a notification.  Temperatures need
 * private interfaces.
 */
void
thermal_read(struct thermal *t, const char *root)
{
	uint64_t state;
	int token;

	(void)root;
	t->celsius = NAN;
	t->level = -1;
	if (notify_register_check(kOSThermalNotificationPressureLevelName,
	    &token) != NOTIFY_STATUS_OK)
		return;
	if (notify_get_state(token, &state) == NOTIFY_STATUS_OK && state < 100)
		t->level = (int)state;
	notify_cancel(token);
}
