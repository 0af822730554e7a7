#ifndef LMG_MEMSAMPLE_LINUX_PROCTEXT_H
#define LMG_MEMSAMPLE_LINUX_PROCTEXT_H

/*
 * The texts that Linux serves under /proc, parsed from memory: no file is
 * opened here.  Every function takes the len bytes at text, which need not
 * end in a NUL, and never reads beyond them.  Formats: proc(5).
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { PROCTEXT_NAME_CAP = 64 };

struct proctext_stat {
	int pid, ppid;
	char name[PROCTEXT_NAME_CAP];	/* comm, at most 15 bytes on Linux */
	char state;			/* R S D Z X ... */
	uint64_t cpu_ticks;		/* utime + stime, in clock ticks */
	int64_t threads;		/* a zombie's: the first, and those
					 * that go on without it */
	uint64_t start_ticks;		/* since boot: identifies the process */
};

/* /proc/PID/stat.  Returns 0, or -1 when the text is not one. */
int proctext_stat(const char *text, size_t len, struct proctext_stat *out);

struct proctext_statm {
	int64_t resident_pages, shared_pages;
};

/*
 * /proc/PID/statm.  Returns 0, or -1 when the text is not one, or is that of
 * a process that has given up its memory (a zombie: all zeros).
 */
int proctext_statm(const char *text, size_t len, struct proctext_statm *out);

struct proctext_status {	/* bytes; -1 when the line is missing */
	int64_t hwm, rss, anon, file, shmem, swap;
	char name[PROCTEXT_NAME_CAP];
};

/*
 * /proc/PID/status.  Returns 0, or -1 when there is no VmRSS line: a zombie
 * or a kernel thread, which has no memory to report.
 */
int proctext_status(const char *text, size_t len, struct proctext_status *out);

struct proctext_meminfo {	/* bytes; -1 when the line is missing */
	int64_t total, available, active_file, inactive_file, zswap;
	int64_t swap_total, swap_free;
};

/* /proc/meminfo.  Returns 0, or -1 when there is no MemTotal line. */
int proctext_meminfo(const char *text, size_t len,
    struct proctext_meminfo *out);

/*
 * /proc/pressure/memory: avg10 of the "some" line, in hundredths of a
 * percent; -1 when there is none.
 */
int64_t proctext_pressure(const char *text, size_t len);

/*
 * /proc/stat: what all CPUs together were not idle, in clock ticks since boot
 * (waiting for a disk is idle; what a hypervisor took is not); -1 when it
 * does not begin so.
 */
int64_t proctext_busy(const char *text, size_t len);

/*
 * One line of /proc/net/tcp or tcp6: the inode of the socket when it listens
 * on port, else 0.
 */
uint64_t proctext_tcp_listener(const char *line, size_t len, int port);

/* The inode in "socket:[N]" (the target of a descriptor link), else 0. */
uint64_t proctext_socket_inode(const char *link, size_t len);

struct proctext_rollup {	/* bytes; -1 when the line is missing */
	int64_t pss, uss;
};

/* /proc/PID/smaps_rollup.  Returns 0, or -1 when there is no Pss line. */
int proctext_rollup(const char *text, size_t len, struct proctext_rollup *out);

struct proctext_drm {
	char pdev[32];		/* with client: which client of which GPU */
	int64_t client;		/* drm-client-id, -1 when missing */
	int64_t vram;		/* bytes resident in GPU memory, -1 unknown */
};

/*
 * /proc/PID/fdinfo/FD of a DRM device (kernel: gpu/drm-usage-stats).
 * drm-resident-* is preferred to amdgpu's older drm-memory-* and to
 * drm-total-*.  Returns 0, or -1 when it is no DRM client.
 */
int proctext_drm(const char *text, size_t len, struct proctext_drm *out);

/* The last word of /proc/loadavg: the newest pid, -1 when it is not one. */
int64_t proctext_last_pid(const char *text, size_t len);

#endif
