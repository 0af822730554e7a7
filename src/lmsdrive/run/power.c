#include "power.h"

#include <stdbool.h>
#include <stddef.h>

const char *
power_worse(const struct power *before, const struct power *now)
{
	bool battery = now->on_battery == 1 && before->on_battery != 1;
	bool saving = now->low_power == 1 && before->low_power != 1;

	return battery && saving ? "on battery, in low-power mode" :
	    battery ? "on battery" : saving ? "in low-power mode" : NULL;
}
