/* What the machine lives on, from a /sys of our own. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "run/power.h"
#include "tap.h"

static char root[] = "/tmp/lmg-power.XXXXXX";

/* The file at path below root, its folders made. */
static void
put(const char *path, const char *text)
{
	char whole[512], *slash;
	FILE *fp;

	snprintf(whole, sizeof(whole), "%s%s", root, path);
	for (slash = whole + sizeof(root); (slash = strchr(slash, '/')) !=
	    NULL; *slash++ = '/') {
		*slash = '\0';
		mkdir(whole, 0700);
	}
	if ((fp = fopen(whole, "w")) == NULL)
		return;
	fputs(text, fp);
	fclose(fp);
}

static struct power
look(void)
{
	struct power w;

	power_read(&w, root);
	return w;
}

static void
test_supplies(void)
{
	struct power w = look();

	ok(w.on_battery == -1 && w.low_power == -1 && w.governor[0] == '\0',
	    "nothing there, nothing known");
	put("/sys/class/power_supply/hid-1/type", "Battery\n");
	put("/sys/class/power_supply/hid-1/scope", "Device\n");
	put("/sys/class/power_supply/hid-1/status", "Discharging\n");
	ok(look().on_battery == -1, "a mouse's battery is not the machine's");
	put("/sys/class/power_supply/BAT0/type", "Battery\n");
	put("/sys/class/power_supply/BAT0/status", "Discharging\n");
	ok(look().on_battery == 1, "on battery");
	put("/sys/class/power_supply/AC/type", "Mains\n");
	put("/sys/class/power_supply/AC/online", "0\n");
	ok(look().on_battery == 1, "with the mains not plugged in, too");
	put("/sys/class/power_supply/AC/online", "1\n");
	ok(look().on_battery == 0, "on the mains, whatever the battery does");
	put("/sys/class/power_supply/AC/online", "0\n");
	put("/sys/class/power_supply/BAT0/status", "Full\n");
	ok(look().on_battery == 0, "a battery that is not discharging");
}

static void
test_modes(void)
{
	put("/sys/firmware/acpi/platform_profile", "balanced\n");
	ok(look().low_power == 0, "a profile that does not save");
	put("/sys/firmware/acpi/platform_profile", "low-power\n");
	ok(look().low_power == 1, "low power");
	put("/sys/devices/system/cpu/cpu0/cpufreq/scaling_governor",
	    "powersave\n");
	ok(strcmp(look().governor, "powersave") == 0, "the governor");
}

static void
test_worse(void)
{
	const struct power unknown = { .on_battery = -1, .low_power = -1 },
	    mains = { .on_battery = 0, .low_power = 0 },
	    battery = { .on_battery = 1, .low_power = 0 },
	    both = { .on_battery = 1, .low_power = 1 };

	ok(power_worse(&unknown, &mains) == NULL &&
	    power_worse(&battery, &mains) == NULL &&
	    power_worse(&battery, &battery) == NULL &&
	    power_worse(&mains, &unknown) == NULL, "nothing became worse");
	ok(strcmp(power_worse(&mains, &battery), "on battery") == 0 &&
	    strcmp(power_worse(&unknown, &both), "on battery, in low-power "
	    "mode") == 0 && strcmp(power_worse(&battery, &both),
	    "in low-power mode") == 0, "what became worse is said");
}

int
main(void)
{
	char command[64];

	if (mkdtemp(root) == NULL)
		return 1;
	test_supplies();
	test_modes();
	test_worse();
	snprintf(command, sizeof(command), "rm -r %s", root);
	return system(command) == 0 ? tap_done() : 1;
}
