/*
 * The reader of metric records, and every writer behind it: whatever the
 * input holds, nothing may crash and no table may break.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "export/export.h"
#include "read/evidence.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static const char *const formats[] = {
	"md", "csv", "json", "sql"
};

/* Every line of a table has as many unescaped bars as its header. */
static void
check_tables(const char *p, const char *end)
{
	size_t want = 0, n;
	const char *eol;

	for (; p < end; p = eol + 1) {
		if ((eol = memchr(p, '\n', (size_t)(end - p))) == NULL)
			eol = end;
		if (p == eol || *p != '|') {
			want = 0;
			continue;
		}
		for (n = 0; p < eol; p++)
			n += *p == '|';
		if (want == 0)
			want = n;
		else if (n != want)
			abort();
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct evidence_set set = EVIDENCE_SET_INIT;
	const char *p = (const char *)data, *end = p + len, *eol;
	struct buf out = BUF_INIT;
	struct slice line;

	for (; p < end; p = eol + 1) {
		if ((eol = memchr(p, '\n', (size_t)(end - p))) == NULL)
			eol = end;
		line.p = p;
		line.len = (size_t)(eol - p);
		evidence_add(&set, line);
	}
	for (size_t i = 0; i < sizeof(formats) / sizeof(formats[0]); i++) {
		buf_clear(&out);
		export_format_of(formats[i])->write(&out, &set, NULL);
		if (i == 0 && out.len > 0)
			check_tables(out.data, out.data + out.len);
	}
	buf_fini(&out);
	evidence_fini(&set);
	return 0;
}
