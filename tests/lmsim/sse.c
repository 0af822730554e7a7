#include "sse.h"

#include <stdbool.h>
#include <string.h>

void
sse_begin(struct json *j, struct buf *out, const char *name)
{
	if (name != NULL)
		buf_addf(out, "event: %s\n", name);
	buf_adds(out, "data: ");
	json_begin(j, out);
}

void
sse_typed(struct json *j, struct buf *out, const char *type)
{
	sse_begin(j, out, type);
	json_str(j, "type", type);
}

void
sse_end(struct json *j)
{
	json_end_line(j);
	buf_addc(j->out, '\n');
}

/* One byte of an event, as the faults will have it. */
static void
add_byte(struct buf *out, char c, fault_set faults)
{
	if (c == '\n' && fault_has(faults, FAULT_CRLF))
		buf_addc(out, '\r');
	buf_addc(out, c);
}

/* Is there a mark at s that stands for odd bytes?  Appends those. */
static bool
add_odd_bytes(struct buf *out, const char *s, size_t len, fault_set faults)
{
	if (len < 2 || memcmp(s, SSE_MARK, 2) != 0)
		return false;
	if (fault_has(faults, FAULT_INVALID_UTF8))
		buf_add(out, "\xc3\x28\xff", 3);
	else if (fault_has(faults, FAULT_NUL_BYTES))
		buf_add(out, "\0\0", 2);
	else
		return false;
	return true;
}

void
sse_disturb(struct buf *out, const struct buf *in, fault_set faults)
{
	bool in_string = false, is_split = false;
	size_t len = in->len;
	const char *s = in->data;

	if (fault_has(faults, FAULT_COMMENTS))
		buf_adds(out, fault_has(faults, FAULT_CRLF) ?
		    ": keep-alive\r\n\r\n:\r\n" : ": keep-alive\n\n:\n");
	for (size_t i = 0; i < len; i++) {
		if (add_odd_bytes(out, s + i, len - i, faults)) {
			i++;
			continue;
		}
		if (fault_has(faults, FAULT_NO_SPACE) && !in_string &&
		    s[i] == ' ' && i > 0 && s[i - 1] == ':')
			continue;
		add_byte(out, s[i], faults);
		if (s[i] == '"' && (i == 0 || s[i - 1] != '\\'))
			in_string = !in_string;
		if (s[i] == ',' && !in_string && !is_split &&
		    fault_has(faults, FAULT_MULTI_DATA)) {
			is_split = true;
			add_byte(out, '\n', faults);
			buf_adds(out, "data: ");
		}
	}
}
