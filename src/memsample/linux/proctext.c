#include "linux/proctext.h"

#include <string.h>

/* What is left to read of a text. */
struct cursor {
	const char *p, *end;
};

static void
skip_blanks(struct cursor *c)
{
	while (c->p < c->end && (*c->p == ' ' || *c->p == '\t'))
		c->p++;
}

/* The decimal number at the cursor, or -1; values beyond 2^62 are no use. */
static int64_t
take_number(struct cursor *c)
{
	int64_t v = 0;
	const char *from;

	skip_blanks(c);
	for (from = c->p; c->p < c->end && *c->p >= '0' && *c->p <= '9';
	    c->p++) {
		if (v > (INT64_MAX - 9) / 10)
			return -1;
		v = v * 10 + (*c->p - '0');
	}
	return c->p == from ? -1 : v;
}

static void
skip_word(struct cursor *c)
{
	skip_blanks(c);
	while (c->p < c->end && *c->p != ' ' && *c->p != '\n')
		c->p++;
}

/* Take the next line into *line, without its newline. */
static bool
take_line(struct cursor *c, struct cursor *line)
{
	const char *nl;

	if (c->p >= c->end)
		return false;
	nl = memchr(c->p, '\n', (size_t)(c->end - c->p));
	line->p = c->p;
	line->end = nl != NULL ? nl : c->end;
	c->p = nl != NULL ? nl + 1 : c->end;
	return true;
}

/* Does the line begin with word?  Then the cursor stands behind it. */
static bool
take_prefix(struct cursor *c, const char *word, size_t len)
{
	if ((size_t)(c->end - c->p) < len || memcmp(c->p, word, len) != 0)
		return false;
	c->p += len;
	return true;
}

static void
copy_name(char out[PROCTEXT_NAME_CAP], const char *p, size_t len)
{
	if (len >= PROCTEXT_NAME_CAP)
		len = PROCTEXT_NAME_CAP - 1;
	memcpy(out, p, len);
	out[len] = '\0';
}

int
proctext_stat(const char *text, size_t len, struct proctext_stat *out)
{
	struct cursor c = { text, text + len };
	int64_t pid, ppid, utime, stime, start;
	const char *open, *close;

	pid = take_number(&c);
	skip_blanks(&c);
	if (pid < 0 || pid > INT32_MAX || c.p >= c.end || *c.p != '(')
		return -1;
	/* The name may hold ") " itself: the last one counts. */
	open = c.p + 1;
	for (close = c.end - 1; close > open && *close != ')'; close--)
		;
	if (close < open || *close != ')')
		return -1;
	copy_name(out->name, open, (size_t)(close - open));
	c.p = close + 1;
	skip_blanks(&c);
	if (c.p >= c.end)
		return -1;
	out->state = *c.p++;
	ppid = take_number(&c);
	for (int i = 5; i <= 13; i++)		/* pgrp .. cmajflt */
		skip_word(&c);
	utime = take_number(&c);
	stime = take_number(&c);
	for (int i = 16; i <= 19; i++)		/* cutime .. nice */
		skip_word(&c);
	out->threads = take_number(&c);
	skip_word(&c);				/* itrealvalue */
	start = take_number(&c);
	if (ppid < 0 || ppid > INT32_MAX || utime < 0 || stime < 0 || start < 0)
		return -1;
	out->pid = (int)pid;
	out->ppid = (int)ppid;
	out->cpu_ticks = (uint64_t)utime + (uint64_t)stime;
	out->start_ticks = (uint64_t)start;
	return 0;
}

int
proctext_statm(const char *text, size_t len, struct proctext_statm *out)
{
	struct cursor c = { text, text + len };
	int64_t size = take_number(&c);

	out->resident_pages = take_number(&c);
	out->shared_pages = take_number(&c);
	return size <= 0 || out->resident_pages < 0 || out->shared_pages < 0 ?
	    -1 : 0;
}

/* A "Key:   123 kB" file: which keys go where. */
struct kb_key {
	const char *key;
	size_t len;
	int64_t *out;
};

#define KB(key, out) { key ":", sizeof(key ":") - 1, out }

/*
 * Fill the keys from c, in the order of the table (the kernel's own): one
 * comparison per line.  A key that was passed over stays as it is.
 */
static void
read_kb(struct cursor c, const struct kb_key *keys, size_t n)
{
	struct cursor line;
	int64_t v;
	size_t next = 0;

	while (next < n && take_line(&c, &line)) {
		for (size_t i = next; i < n; i++) {
			if (line.p >= line.end || *line.p != keys[i].key[0] ||
			    !take_prefix(&line, keys[i].key, keys[i].len))
				continue;
			v = take_number(&line);
			if (v >= 0 && v < INT64_MAX / 1024)
				*keys[i].out = v * 1024;
			next = i + 1;
			break;
		}
	}
}

int
proctext_status(const char *text, size_t len, struct proctext_status *out)
{
	struct cursor c = { text, text + len }, line;
	const struct kb_key keys[] = {
		KB("VmHWM", &out->hwm), KB("VmRSS", &out->rss),
		KB("RssAnon", &out->anon), KB("RssFile", &out->file),
		KB("RssShmem", &out->shmem), KB("VmSwap", &out->swap),
	};

	out->hwm = out->rss = out->anon = out->file = -1;
	out->shmem = out->swap = -1;
	out->name[0] = '\0';
	line = c;
	if (take_prefix(&line, "Name:\t", 6)) {
		const char *nl = memchr(line.p, '\n',
		    (size_t)(line.end - line.p));

		copy_name(out->name, line.p,
		    (size_t)((nl != NULL ? nl : line.end) - line.p));
	}
	read_kb(c, keys, sizeof(keys) / sizeof(keys[0]));
	return out->rss < 0 ? -1 : 0;
}

int
proctext_meminfo(const char *text, size_t len, struct proctext_meminfo *out)
{
	struct cursor c = { text, text + len };
	const struct kb_key keys[] = {
		KB("MemTotal", &out->total),
		KB("MemAvailable", &out->available),
		KB("Active(file)", &out->active_file),
		KB("Inactive(file)", &out->inactive_file),
		KB("SwapTotal", &out->swap_total),
		KB("SwapFree", &out->swap_free), KB("Zswap", &out->zswap),
	};

	out->total = out->available = out->active_file = -1;
	out->inactive_file = out->zswap = -1;
	out->swap_total = out->swap_free = -1;
	read_kb(c, keys, sizeof(keys) / sizeof(keys[0]));
	return out->total < 0 ? -1 : 0;
}

int64_t
proctext_pressure(const char *text, size_t len)
{
	struct cursor c = { text, text + len };
	int64_t whole, cents;

	if (!take_prefix(&c, "some avg10=", 11))
		return -1;
	if ((whole = take_number(&c)) < 0 || whole > 100 ||
	    !take_prefix(&c, ".", 1))
		return -1;
	if (c.end - c.p < 2 || (cents = take_number(&c)) < 0 || cents > 99)
		return -1;
	return whole * 100 + cents;
}

/* user nice system idle iowait irq softirq steal; guests are users, too. */
int64_t
proctext_busy(const char *text, size_t len)
{
	struct cursor c = { text, text + len };
	int64_t busy = 0, ticks;

	if (!take_prefix(&c, "cpu ", 4))
		return -1;
	for (int i = 0; i < 8; i++) {
		if ((ticks = take_number(&c)) < 0)
			return -1;
		busy += i == 3 || i == 4 ? 0 : ticks;
	}
	return busy;
}

static int
hex_digit(char ch)
{
	if (ch >= '0' && ch <= '9')
		return ch - '0';
	if (ch >= 'A' && ch <= 'F')
		return ch - 'A' + 10;
	return -1;
}

uint64_t
proctext_tcp_listener(const char *line, size_t len, int port)
{
	struct cursor c = { line, line + len };
	const char *colon;
	int64_t inode;
	int value = 0, digit;

	skip_word(&c);					/* "0:" */
	skip_blanks(&c);
	colon = memchr(c.p, ':', (size_t)(c.end - c.p));
	if (colon == NULL || c.end - colon < 5)
		return 0;
	for (int i = 1; i <= 4; i++) {
		if ((digit = hex_digit(colon[i])) < 0)
			return 0;
		value = value * 16 + digit;
	}
	if (value != port)
		return 0;
	c.p = colon + 5;
	skip_word(&c);					/* remote address */
	skip_blanks(&c);
	if (!take_prefix(&c, "0A ", 3))			/* TCP_LISTEN */
		return 0;
	for (int i = 0; i < 5; i++)		/* queues, timer, retries, uid,
						 * timeout */
		skip_word(&c);
	inode = take_number(&c);
	return inode > 0 ? (uint64_t)inode : 0;
}

uint64_t
proctext_socket_inode(const char *link, size_t len)
{
	struct cursor c = { link, link + len };
	int64_t inode;

	if (!take_prefix(&c, "socket:[", 8))
		return 0;
	inode = take_number(&c);
	return inode > 0 && c.p < c.end && *c.p == ']' ? (uint64_t)inode : 0;
}

int
proctext_rollup(const char *text, size_t len, struct proctext_rollup *out)
{
	struct cursor c = { text, text + len };
	int64_t clean = -1, dirty = -1;
	const struct kb_key keys[] = {
		KB("Pss", &out->pss), KB("Private_Clean", &clean),
		KB("Private_Dirty", &dirty),
	};

	out->pss = -1;
	read_kb(c, keys, sizeof(keys) / sizeof(keys[0]));
	out->uss = clean >= 0 && dirty >= 0 ? clean + dirty : -1;
	return out->pss < 0 ? -1 : 0;
}

/* Is this a region in the GPU's own memory?  i915: local0, xe and amdgpu:
 * vram or vram0. */
static bool
is_vram_region(const struct cursor *c)
{
	size_t len = (size_t)(c->end - c->p);

	return (len >= 4 && memcmp(c->p, "vram", 4) == 0) ||
	    (len >= 5 && memcmp(c->p, "local", 5) == 0);
}

static int64_t
take_bytes(struct cursor *c)
{
	int64_t v = take_number(c);

	skip_blanks(c);
	if (v < 0 || v > INT64_MAX / (1024 * 1024))
		return -1;
	if (take_prefix(c, "KiB", 3))
		return v * 1024;
	return take_prefix(c, "MiB", 3) ? v * 1024 * 1024 : v;
}

int
proctext_drm(const char *text, size_t len, struct proctext_drm *out)
{
	static const char *const kinds[] = {	/* the better, the earlier */
		"drm-resident-", "drm-memory-", "drm-total-"
	};
	struct cursor c = { text, text + len }, line, at;
	int64_t vram[3] = { -1, -1, -1 }, v;
	const char *colon;
	size_t n;

	*out = (struct proctext_drm){ .client = -1, .vram = -1 };
	while (take_line(&c, &line)) {
		if (take_prefix(&line, "drm-client-id:", 14)) {
			out->client = take_number(&line);
		} else if (take_prefix(&line, "drm-pdev:", 9)) {
			skip_blanks(&line);
			n = (size_t)(line.end - line.p);
			if (n >= sizeof(out->pdev))
				n = sizeof(out->pdev) - 1;
			memcpy(out->pdev, line.p, n);
			out->pdev[n] = '\0';
		}
		for (int k = 0; k < 3; k++) {
			at = line;
			if (!take_prefix(&at, kinds[k], strlen(kinds[k])) ||
			    !is_vram_region(&at))
				continue;
			colon = memchr(at.p, ':', (size_t)(at.end - at.p));
			if (colon == NULL)
				continue;
			at.p = colon + 1;
			if ((v = take_bytes(&at)) >= 0)
				vram[k] = (vram[k] < 0 ? 0 : vram[k]) + v;
		}
	}
	for (int k = 2; k >= 0; k--)
		if (vram[k] >= 0)
			out->vram = vram[k];
	return out->client < 0 ? -1 : 0;
}

int64_t
proctext_last_pid(const char *text, size_t len)
{
	struct cursor c = { text, text + len };

	for (int i = 0; i < 4; i++)
		skip_word(&c);
	return take_number(&c);
}
