/* lmsdrive calibrate: how exact is the client on this machine? */

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>

#include "calibrate/calibrate.h"
#include "clock.h"
#include "commands.h"
#include "diag.h"
#include "number.h"
#include "wire/transfer.h"

static void
usage(void)
{
	fputs("usage: lmsdrive calibrate [-n STREAMS] [-g GAP] [-d DURATION]"
	    " [--role-chunk] [--bare]\n"
	    "Measure the client's own noise against a sender of known "
	    "schedule.\n"
	    "  -n, --streams N          at once (default 1)\n"
	    "  -g, --gap DURATION       between the chunks of a stream (20ms);"
	    " 0: flat out\n"
	    "  -d, --duration DURATION  (2s)\n"
	    "      --role-chunk         a chunk without text comes at once\n"
	    "      --bare               only libcurl and the event loop, to "
	    "compare with\n", stdout);
}

static void
want_duration(const char *option, const char *text, int64_t *out)
{
	if (number_duration(text, out) == 0)
		return;
	diag_warnx("--%s: expected a duration like 20ms, got \"%s\"", option,
	    text);
	diag_usage();
}

static void
parse(struct calibration_options *o, int argc, char *argv[])
{
	static const struct option longs[] = {
		{ "streams", required_argument, NULL, 'n' },
		{ "gap", required_argument, NULL, 'g' },
		{ "duration", required_argument, NULL, 'd' },
		{ "role-chunk", no_argument, NULL, 'r' },
		{ "bare", no_argument, NULL, 'b' },
		{ "help", no_argument, NULL, 'h' },
		{ NULL, 0, NULL, 0 }
	};
	int64_t n;
	int c;

	while ((c = getopt_long(argc, argv, "d:g:hn:", longs, NULL)) != -1)
		switch (c) {
		case 'b':
			o->bare = true;
			break;
		case 'd':
			want_duration("duration", optarg, &o->duration_ns);
			break;
		case 'g':
			want_duration("gap", optarg, &o->gap_ns);
			break;
		case 'h':
			usage();
			exit(diag_finish(EXIT_DONE));
		case 'n':
			if (number_int(optarg, 1, 4096, &n) == -1) {
				diag_warnx("--streams: expected 1 to 4096, "
				    "got \"%s\"", optarg);
				diag_usage();
			}
			o->streams = (size_t)n;
			break;
		case 'r':
			o->role_chunk = true;
			break;
		default:
			diag_usage();
		}
	if (optind < argc) {
		diag_warnx("unexpected argument \"%s\"", argv[optind]);
		diag_usage();
	}
}

int
cmd_calibrate(int argc, char *argv[])
{
	struct calibration_options o = { .streams = 1,
	    .first_ns = 200 * NS_PER_MS, .gap_ns = 20 * NS_PER_MS,
	    .duration_ns = 2 * NS_PER_S };
	struct buf line = BUF_INIT;
	struct calibration c;
	struct json j;

	parse(&o, argc, argv);
	if (net_make_room((int64_t)o.streams, (int64_t)o.streams) == -1 ||
	    calibrate(&c, &o) == -1)
		return EXIT_SYSTEM;
	json_init(&j, &line);
	json_object(&j, NULL);
	json_str(&j, "type", "calibration");
	calibration_write(&j, &c);
	json_end_line(&j);
	fwrite(line.data, 1, line.len, stdout);
	buf_fini(&line);
	return EXIT_DONE;
}
