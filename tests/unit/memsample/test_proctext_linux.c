/* The texts of /proc, as kernels write them and as they should not be. */
#include "linux/proctext.h"
#include "tap.h"

static int
stat_of(const char *text, struct proctext_stat *st)
{
	return proctext_stat(text, strlen(text), st);
}

static void
test_stat(void)
{
	struct proctext_stat st;

	ok(stat_of("77 (cat) S 12 77 1 0 -1 4194304 95 0 0 0 7 11 0 0 20 0 1 "
	    "0 123456 5000 200 1844\n", &st) == 0 && st.pid == 77 &&
	    st.ppid == 12 && st.state == 'S' && st.cpu_ticks == 18 &&
	    st.start_ticks == 123456 && strcmp(st.name, "cat") == 0,
	    "stat: every field");
	ok(stat_of("5 (a) b) (c) Z 1 0 0 0 0 0 0 0 0 0 1 2 0 0 0 0 0 0 9 0\n",
	    &st) == 0 && strcmp(st.name, "a) b) (c") == 0 && st.state == 'Z' &&
	    st.ppid == 1 && st.start_ticks == 9,
	    "stat: a name with parentheses and blanks");
	ok(stat_of("5 (x S 1 0", &st) == -1, "stat: cut within the name");
	ok(stat_of("5 (x) S 1 0 0", &st) == -1, "stat: cut behind the name");
	ok(stat_of("", &st) == -1 && stat_of("5", &st) == -1, "stat: nothing");
}

static void
test_statm(void)
{
	struct proctext_statm st;

	ok(proctext_statm("1000 200 50 10 0 90 0\n", 22, &st) == 0 &&
	    st.resident_pages == 200 && st.shared_pages == 50, "statm");
	ok(proctext_statm("0 0 0 0 0 0 0\n", 14, &st) == -1,
	    "statm: a zombie has no memory, which is not 0 bytes");
}

static void
test_status(void)
{
	static const char text[] = "Name:\tllama-server\nUmask:\t0022\n"
	    "State:\tS (sleeping)\nVmPeak:\t  9000 kB\nVmHWM:\t    500 kB\n"
	    "VmRSS:\t    400 kB\nRssAnon:\t    100 kB\nRssFile:\t  290 kB\n"
	    "RssShmem:\t  10 kB\nVmData:\t 1 kB\nVmSwap:\t       7 kB\n";
	static const char zombie[] = "Name:\tx\nState:\tZ (zombie)\n"
	    "Threads:\t1\n";
	struct proctext_status st;

	ok(proctext_status(text, sizeof(text) - 1, &st) == 0 &&
	    st.hwm == 500 * 1024 && st.rss == 400 * 1024 &&
	    st.anon == 100 * 1024 && st.file == 290 * 1024 &&
	    st.shmem == 10 * 1024 && st.swap == 7 * 1024,
	    "status: kB to bytes");
	is_text(st.name, "llama-server", "status: name");
	ok(proctext_status(zombie, sizeof(zombie) - 1, &st) == -1,
	    "status: a zombie has no memory");
	/* Older kernels have no Rss* lines. */
	ok(proctext_status("VmRSS:\t 4 kB\n", 13, &st) == 0 &&
	    st.rss == 4096 && st.anon == -1 && st.hwm == -1,
	    "status: what is missing is unknown");
}

static void
test_machine(void)
{
	static const char text[] = "MemTotal:  1000 kB\nMemFree: 1 kB\n"
	    "MemAvailable:   600 kB\nActive(file):  30 kB\n"
	    "Inactive(file): 20 kB\nSwapTotal: 100 kB\nSwapFree: 60 kB\n";
	struct proctext_meminfo m;

	ok(proctext_meminfo(text, sizeof(text) - 1, &m) == 0 &&
	    m.total == 1000 * 1024 && m.available == 600 * 1024 &&
	    m.active_file + m.inactive_file == 50 * 1024 &&
	    m.swap_total - m.swap_free == 40 * 1024 && m.zswap == -1,
	    "meminfo");
	ok(proctext_meminfo("x", 1, &m) == -1, "meminfo: not one");
	ok(proctext_pressure("some avg10=12.34 avg60=0.00\n", 28) == 1234,
	    "pressure in hundredths of a percent");
	ok(proctext_busy("cpu  10 2 30 1000 500 4 5 6 7 8\ncpu0", 37) ==
	    10 + 2 + 30 + 4 + 5 + 6, "all but idle and waiting is busy");
	ok(proctext_busy("cpu  10 2 30 1000", 17) == -1 &&
	    proctext_busy("cpu0 1 2 3 4 5 6 7 8", 20) == -1 &&
	    proctext_busy("", 0) == -1, "busy: not one");
	ok(proctext_pressure("full avg10=1.00", 15) == -1 &&
	    proctext_pressure("some avg10=1.", 13) == -1 &&
	    proctext_pressure("", 0) == -1, "pressure: not one");
	ok(proctext_last_pid("0.10 0.20 0.30 1/234 5678\n", 26) == 5678,
	    "loadavg: the newest pid");
}

static void
test_sockets(void)
{
	static const char listen[] = "   0: 0100007F:04D2 00000000:0000 0A "
	    "00000000:00000000 00:00000000 00000000  1000        0 4242 1\n";
	static const char busy[] = "   0: 0100007F:04D2 00000000:0000 01 "
	    "00000000:00000000 00:00000000 00000000  1000        0 4242 1\n";
	static const char six[] = "   1: 00000000000000000000000001000000:04D2 "
	    "00000000000000000000000000000000:0000 0A 00000000:00000000 "
	    "00:00000000 00000000     0        0 777 1\n";

	ok(proctext_tcp_listener(listen, sizeof(listen) - 1, 1234) == 4242,
	    "tcp: the inode of the listener");
	ok(proctext_tcp_listener(listen, sizeof(listen) - 1, 1235) == 0,
	    "tcp: another port");
	ok(proctext_tcp_listener(busy, sizeof(busy) - 1, 1234) == 0,
	    "tcp: a connection is no listener");
	ok(proctext_tcp_listener(six, sizeof(six) - 1, 1234) == 777,
	    "tcp6");
	ok(proctext_socket_inode("socket:[4242]", 13) == 4242 &&
	    proctext_socket_inode("pipe:[4242]", 11) == 0 &&
	    proctext_socket_inode("socket:[42", 10) == 0, "descriptor links");
}

static void
test_gpu(void)
{
	static const char amd[] = "drm-driver:\tamdgpu\n"
	    "drm-pdev:\t0000:03:00.0\n"
	    "drm-client-id:\t7\ndrm-memory-vram:\t9000 KiB\n"
	    "drm-resident-vram:\t8000 KiB\ndrm-total-vram:\t9999 KiB\n"
	    "drm-resident-gtt:\t5 KiB\n";
	static const char i915[] = "drm-pdev: 0000:00:02.0\ndrm-client-id: 3\n"
	    "drm-total-local0: 2 MiB\ndrm-total-system0: 9 MiB\n";
	struct proctext_drm d;

	ok(proctext_drm(amd, sizeof(amd) - 1, &d) == 0 && d.client == 7 &&
	    d.vram == 8000 * 1024 && strcmp(d.pdev, "0000:03:00.0") == 0,
	    "drm: resident is preferred, system memory is not counted");
	ok(proctext_drm(i915, sizeof(i915) - 1, &d) == 0 &&
	    d.vram == 2 * 1024 * 1024, "drm: total when there is no better");
	ok(proctext_drm("pos:\t0\n", 7, &d) == -1, "drm: another file");
}

static void
test_rollup(void)
{
	static const char text[] = "7f00-7fff ---p 00000000 00:00 0 [rollup]\n"
	    "Rss: 100 kB\nPss: 60 kB\nShared_Clean: 1 kB\n"
	    "Private_Clean: 20 kB\nPrivate_Dirty: 30 kB\n";
	struct proctext_rollup r;

	ok(proctext_rollup(text, sizeof(text) - 1, &r) == 0 &&
	    r.pss == 60 * 1024 && r.uss == 50 * 1024, "smaps_rollup");
}

int
main(void)
{
	test_stat();
	test_statm();
	test_status();
	test_machine();
	test_sockets();
	test_gpu();
	test_rollup();
	return tap_done();
}
