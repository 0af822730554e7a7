/* lmsdrive calibrate: how exact is the client on this machine? */

#include <stddef.h>
#include <stdio.h>

#include "calibrate/calibrate.h"
#include "clock.h"
#include "cmdline.h"
#include "commands.h"
#include "diag.h"
#include "wire/transfer.h"

#define OPT(member)	.at = offsetof(struct calibration_options, member)

static const struct cmdline_option options[] = {
	{ 'n', "streams", "N", "at once (default 1)", CMDLINE_INTEGER,
	    OPT(streams), .lo = 1, .hi = 4096 },
	{ 'g', "gap", "DURATION", "between the chunks of a stream (20ms); 0: "
	    "flat out", CMDLINE_DURATION, OPT(gap_ns) },
	{ 'd', "duration", "DURATION", "(2s)", CMDLINE_DURATION,
	    OPT(duration_ns) },
	{ 0, "role-chunk", NULL, "a chunk without text comes at once",
	    CMDLINE_FLAG, OPT(role_chunk) },
	{ 0, "bare", NULL, "only libcurl and the event loop, to compare with",
	    CMDLINE_FLAG, OPT(bare) },
};

static const struct cmdline cmdline = {
	.command = "calibrate",
	.head = "usage: lmsdrive calibrate [OPTION...]\n"
	    "Measure the client's own noise against a sender of known "
	    "schedule.\n\n",
	CMDLINE_OPTIONS(options)
};

int
cmd_calibrate(int argc, char *argv[])
{
	struct calibration_options o = { .streams = 1,
	    .first_ns = 200 * NS_PER_MS, .gap_ns = 20 * NS_PER_MS,
	    .duration_ns = 2 * NS_PER_S };
	struct buf line = BUF_INIT;
	struct calibration c;
	struct json j;

	cmdline_read(&cmdline, &o, argc, argv);
	if (o.gap_ns > o.duration_ns) {
		diag_warnx("--gap: expected no more than the duration, in "
		    "which nothing would come");
		diag_usage();
	}
	if (net_make_room(o.streams, o.streams) == -1 ||
	    calibrate(&c, &o) == -1)
		return EXIT_SYSTEM;
	json_begin(&j, &line);
	json_str(&j, "type", "calibration");
	calibration_write(&j, &c);
	json_end_line(&j);
	fwrite(line.data, 1, line.len, stdout);
	buf_fini(&line);
	return EXIT_DONE;
}
