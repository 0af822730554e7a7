/* Asked of the machine before a run: memory, power, heat, disk. */

#include <sys/statvfs.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "clock.h"
#include "diag.h"
#include "host.h"
#include "number.h"
#include "plan/summary.h"
#include "preflight.h"
#include "quantity.h"
#include "run/power.h"
#include "url.h"

static const double gib = 1073741824.0;

bool
preflight_find_program(const char *name, char *file, size_t cap)
{
	const char *path = getenv("PATH"), *end;

	snprintf(file, cap, "%s", name);
	if (strchr(name, '/') != NULL)
		return access(file, X_OK) == 0;
	for (; path != NULL && *path != '\0'; path = *end ? end + 1 : end) {
		end = path + strcspn(path, ":");
		snprintf(file, cap, "%.*s/%s", (int)(end - path), path, name);
		if (access(file, X_OK) == 0)
			return true;
	}
	return false;
}

/* ---- whose memory, and who else ----------------------------------------- */

/* What memsample saw in a moment. */
struct look {
	char says[512];		/* its first complaint, "" */
	char name[64], exe[256];	/* of the process that owns the port */
	int64_t pid;
	int64_t begun_ns, over_ns;	/* of the CPU times: first and last */
	int64_t before_ns, after_ns;	/* of others, all cores together */
	int64_t total_bytes, available_bytes;
};

static void
take_sample(struct look *l, const cJSON *o)
{
	const cJSON *sys = json_get(o, "sys");
	int64_t all_ns = json_get_int(sys, "cpu_ns", -1), own_ns;

	l->total_bytes = json_get_int(sys, "total_bytes", l->total_bytes);
	l->available_bytes = json_get_int(sys, "available_bytes",
	    l->available_bytes);
	if (all_ns < 0)
		return;
	own_ns = json_get_int(o, "cpu_ns", 0);
	l->over_ns = json_get_int(o, "t_ns", 0);
	l->after_ns = all_ns - own_ns;
	if (l->before_ns < 0) {
		l->begun_ns = l->over_ns;
		l->before_ns = l->after_ns;
	}
}

static void
take_process(struct look *l, const cJSON *o)
{
	if (l->pid > 0 || strcmp(json_get_str(o, "role", ""), "root") != 0)
		return;
	l->pid = json_get_int(o, "pid", 0);
	snprintf(l->name, sizeof(l->name), "%s", json_get_str(o, "name", ""));
	snprintf(l->exe, sizeof(l->exe), "%s", json_get_str(o, "exe", ""));
}

static void
take_line(struct look *l, char *line)
{
	const char *type;
	cJSON *o;

	line[strcspn(line, "\n")] = '\0';
	o = json_parse(line, strlen(line));
	type = json_get_str(o, "type", "");
	if (o == NULL && l->says[0] == '\0')
		snprintf(l->says, sizeof(l->says), "%s", line +
		    (strncmp(line, "memsample: ", 11) == 0 ? 11 : 0));
	else if (strcmp(type, "mem") == 0)
		take_sample(l, o);
	else if (strcmp(type, "proc") == 0)
		take_process(l, o);
	cJSON_Delete(o);
}

/*
 * The process that was named, the port's owner, or ourselves, where only the
 * machine is meant.  A name goes by the environment, where no shell reads it.
 * Returns 0 or -1.
 */
static int
look(struct look *l, int port, const char *process)
{
	char command[160], target[64] = "--name \"$LMGAUGE_PROCESS\"";
	int64_t pid = getpid();
	char *line = NULL;
	size_t cap = 0;
	FILE *f;

	*l = (struct look){ .before_ns = -1, .total_bytes = -1,
	    .available_bytes = -1 };
	setenv("LMGAUGE_PROCESS", process, 1);
	if (process[0] == '\0' && port > 0)
		snprintf(target, sizeof(target), "--port %d", port);
	else if (process[0] == '\0' ||
	    number_int(process, 1, INT32_MAX, &pid) == 0)
		snprintf(target, sizeof(target), "--pid %d", (int)pid);
	snprintf(command, sizeof(command), "exec memsample --alone %s --for "
	    "500ms 2>&1", target);
	if ((f = popen(command, "r")) == NULL)
		return -1;
	while (getline(&line, &cap, f) != -1)
		take_line(l, line);
	free(line);
	if (pclose(f) != 0 && l->says[0] == '\0')
		snprintf(l->says, sizeof(l->says), "memsample failed");
	return 0;
}

static void
check_owner(struct preflight *p, const struct look *l, int port,
    const char *process)
{
	if (strcmp(process, "-") == 0)
		preflight_say(p, PREFLIGHT_NO, EXIT_SYSTEM, "memory: the "
		    "command of server.memory.process names no process");
	else if (l->says[0] != '\0')
		preflight_say(p, PREFLIGHT_NO, EXIT_SYSTEM, "memory: %s",
		    l->says);
	else if (process[0] != '\0')
		preflight_say(p, PREFLIGHT_OK, 0, "memory: memsample sees "
		    "%s (process %lld, %s), which server.memory.process names",
		    l->name, (long long)l->pid, l->exe);
	else if (host_passes_on(l->name))
		preflight_say(p, PREFLIGHT_NO, EXIT_SYSTEM, "memory: port %d "
		    "belongs to %s (process %lld), which passes requests on: "
		    "its memory is not the model's; name the engine in "
		    "server.url or server.memory.process", port, l->name,
		    (long long)l->pid);
	else
		preflight_say(p, PREFLIGHT_OK, 0, "memory: memsample sees the "
		    "server's processes; port %d belongs to %s (process %lld, "
		    "%s)", port, l->name, (long long)l->pid, l->exe);
}

/* More than this of a core, or of all of them, is felt. */
static const double busy_cores = 0.3, busy_share = 0.05;

static void
check_others(struct preflight *p, const struct look *l)
{
	double cores = (double)sysconf(_SC_NPROCESSORS_ONLN), busy;

	if (l->before_ns < 0 || l->over_ns - l->begun_ns < NS_PER_S / 4)
		return;
	busy = (double)(l->after_ns - l->before_ns) /
	    (double)(l->over_ns - l->begun_ns);
	preflight_say(p, busy > fmax(busy_cores, busy_share * cores) ?
	    PREFLIGHT_WARN : PREFLIGHT_OK, 0, "cpu: other programs use %.1f "
	    "of %.0f cores now", fmax(busy, 0), cores);
}

/* What is loaded while wants[i] is: itself, and what stays loaded beside it. */
static int64_t
loaded_bytes(const struct preflight *p, size_t i)
{
	const struct step *s = p->wants[i].first, *other;
	int64_t bytes = 0;

	for (size_t k = 0; k < p->n; k++) {
		other = p->wants[k].first;
		if (p->wants[k].size_bytes > 0 && (k == i ||
		    (s->stays_loaded && other->stays_loaded &&
		    (s->budget_ns >= 0 || strcmp(s->pair, other->pair) == 0))))
			bytes += p->wants[k].size_bytes;
	}
	return bytes;
}

static void
check_memory(struct preflight *p, const struct look *l)
{
	int64_t bytes = 0;

	for (size_t i = 0; i < p->n; i++)
		if (loaded_bytes(p, i) > bytes)
			bytes = loaded_bytes(p, i);
	if (l->available_bytes < 0 || l->total_bytes <= 0)
		return;
	if (bytes > l->available_bytes)
		preflight_say(p, PREFLIGHT_WARN, 0, "memory: %s %.1f GiB, and "
		    "%.1f of %.1f GiB are available", p->n > 0 &&
		    p->wants[0].first->stays_loaded ? "what stays loaded side "
		    "by side (order: {reload: false}) has" :
		    "the largest model has", (double)bytes / gib,
		    (double)l->available_bytes / gib,
		    (double)l->total_bytes / gib);
	else if (l->available_bytes < l->total_bytes / 10)
		preflight_say(p, PREFLIGHT_WARN, 0, "memory: only %.1f of "
		    "%.1f GiB are available: others have the rest",
		    (double)l->available_bytes / gib,
		    (double)l->total_bytes / gib);
}

void
preflight_look(struct preflight *p, const struct step_server *s)
{
	int port = s != NULL && host_is_at(s->url) ? url_port(s->url) : 0;
	char file[4096], process[PROCESS_CAP] = "";
	struct look l;

	if (s != NULL && port == 0)
		preflight_say(p, PREFLIGHT_WARN, 0, "memory: %s is on another "
		    "machine: only this machine's own memory is sampled; to "
		    "measure its, run lmgauge there, or from here by %s fleet "
		    "HOSTS=NAME (through ssh)", s->url, diag_front());
	if (!preflight_find_program("memsample", file, sizeof(file))) {
		preflight_say(p, PREFLIGHT_WARN, 0, "memory: memsample is not "
		    "in PATH, so whether it sees the server's processes is "
		    "not known");
		return;
	}
	if (port > 0)
		process_of(s, process);
	if (look(&l, port, process) == -1)
		return;
	if (port > 0)
		check_owner(p, &l, port, process);
	if (p->has_looked)
		return;
	p->has_looked = true;
	check_others(p, &l);
	check_memory(p, &l);
}

/* ---- power --------------------------------------------------------------- */

void
preflight_power(struct preflight *p)
{
	struct thermal t;
	struct power w;

	power_read(&w, "");
	thermal_read(&t, "");
	if (w.on_battery == 1)
		preflight_say(p, PREFLIGHT_WARN, 0, "power: on battery: "
		    "speeds are not those of the mains; plug it in");
	if (w.low_power == 1)
		preflight_say(p, PREFLIGHT_WARN, 0, "power: low-power mode is "
		    "on: everything is slower; switch it off");
	if (w.governor[0] != '\0' && strcmp(w.governor, "performance") != 0)
		preflight_say(p, PREFLIGHT_WARN, 0, "cpu: the frequency "
		    "governor is %s: speeds vary more than with performance",
		    w.governor);
	if (t.level > 0)
		preflight_say(p, PREFLIGHT_WARN, 0, "heat: the system slows "
		    "down already (thermal pressure %d): let it cool",
		    t.level);
}

/* ---- time and room ------------------------------------------------------ */

/* The nearest folder of path that exists. */
static int
find_folder(const char *path, char *folder, size_t cap, struct statvfs *v)
{
	char *slash;

	snprintf(folder, cap, "%s", path);
	while (statvfs(folder, v) == -1) {
		if ((slash = strrchr(folder, '/')) == NULL || slash == folder) {
			snprintf(folder, cap, "%s",
			    folder[0] == '/' ? "/" : ".");
			return statvfs(folder, v);
		}
		*slash = '\0';
	}
	return 0;
}

/* Metrics, plots, and all else that lives there. */
static const double spare_bytes = 50e6;

void
preflight_room(struct preflight *p, const char *path)
{
	char folder[1024], takes[64], room[QUANTITY_CAP], need[QUANTITY_CAP];
	double seconds = 0, bytes = 0, free_bytes;
	struct statvfs v;

	summary_cost(p->steps, p->n_steps, &seconds, &bytes);
	if (p->n_steps > 0)
		preflight_say(p, PREFLIGHT_OK, 0, "time: at most about %s, if "
		    "the models write %d and read %d tokens per second",
		    summary_duration(takes, sizeof(takes), seconds),
		    SUMMARY_DECODE_TPS, SUMMARY_PREFILL_TPS);
	if (find_folder(path, folder, sizeof(folder), &v) == -1)
		return;
	free_bytes = (double)v.f_bavail * (double)v.f_frsize;
	quantity(room, QUANTITY_BYTES, free_bytes);
	if (free_bytes < bytes + spare_bytes)
		preflight_say(p, PREFLIGHT_NO, EXIT_SYSTEM, "disk: %s free "
		    "for %s, records and report take about %s", room, path,
		    quantity(need, QUANTITY_BYTES, bytes + spare_bytes));
	else
		preflight_say(p, free_bytes < 2 * bytes + gib ?
		    PREFLIGHT_WARN : PREFLIGHT_OK, 0, "disk: %s free for %s",
		    room, path);
	if (access(folder, W_OK) == -1)
		preflight_say(p, PREFLIGHT_NO, EXIT_SYSTEM, "disk: %s cannot "
		    "be written", folder);
}
