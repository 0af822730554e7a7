#ifndef LMG_MEMSAMPLE_STREAM_PASS_H
#define LMG_MEMSAMPLE_STREAM_PASS_H

/*
 * The way through: bytes go from the input to the output untouched and in
 * order, our own lines come between lines.  Nothing here blocks.
 */

#include <stdbool.h>
#include <stddef.h>

#include "buf.h"
#include "outq.h"
#include "stream/sniff.h"

struct pass {
	int in_fd;		/* -1: no input, only our own lines */
	struct outq out;
	struct buf own;		/* our lines, whole, waiting for a line of the
				 * input to end */
	struct sniff sniff;
	bool at_line_start;	/* the queue ends with a newline, or is new */
	bool had_input;
};

/* Stop reading while more than this waits for a slow reader. */
enum { PASS_HIGH_WATER = 512 * 1024, PASS_CHUNK = 128 * 1024 };

void pass_init(struct pass *p, int in_fd, int out_fd);
void pass_fini(struct pass *p);

/* Should the input be polled? */
bool pass_wants_input(const struct pass *p);

enum pass_result { PASS_DATA, PASS_END, PASS_ERROR };

/*
 * One read(2) of the input, which must be readable.  fn is called for the
 * records found in it.  An error is already reported.  After PASS_END
 * in_fd is -1.
 */
enum pass_result pass_read(struct pass *p, sniff_fn *fn, void *arg);

/* Move our own lines to the queue, when the stream stands between lines. */
void pass_merge(struct pass *p);

/* Nothing more is passed on: a line that was begun ends here, so that our own
 * ones begin on a line of their own. */
void pass_end_line(struct pass *p);

#endif
