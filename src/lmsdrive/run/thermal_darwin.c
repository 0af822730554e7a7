#define _DARWIN_C_SOURCE
#include "thermal.h"

#include <libkern/OSThermalNotification.h>
#include <math.h>
#include <notify.h>
#include <stdint.h>

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
