#ifndef LMG_FAKE_DARWIN_H
#define LMG_FAKE_DARWIN_H

/*
 * As much of macOS's interfaces as memsample's *_darwin.c use, so that their
 * logic can be tested elsewhere against scripted answers (test_darwin_*.c).
 * Layouts follow XNU where the code asserts them; the real headers are used
 * by check-macos.
 */

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>
#include <time.h>

/* ---- libproc ---- */
#define MAXCOMLEN 16
#define PROC_PIDLISTFDS 1
#define PROC_PIDT_SHORTBSDINFO 13
#define PROC_PIDFDSOCKETINFO 3
#define PROC_PIDPATHINFO_MAXSIZE 4096
#define PROX_FDTYPE_SOCKET 2
#define RUSAGE_INFO_V4 4
#define RUSAGE_INFO_V6 6
#define SOCKINFO_TCP 2
#define TSI_S_LISTEN 1

struct proc_bsdshortinfo {
	uint32_t pbsi_pid, pbsi_ppid, pbsi_pgid, pbsi_status;
	char pbsi_comm[MAXCOMLEN];
	uint32_t pbsi_flags, pbsi_uid, pbsi_gid, pbsi_ruid, pbsi_rgid,
	    pbsi_svuid, pbsi_svgid, pbsi_rfu;
};

struct proc_fdinfo {
	int32_t proc_fd;
	uint32_t proc_fdtype;
};

struct socket_fdinfo {
	struct {
		int soi_kind;
		union {
			struct {
				struct {
					int insi_lport;
				} tcpsi_ini;
				int tcpsi_state;
			} pri_tcp;
		} soi_proto;
	} psi;
};

struct rusage_info_v4 {
	uint8_t ri_uuid[16];
	uint64_t ri_user_time, ri_system_time, ri_pkg_idle_wkups,
	    ri_interrupt_wkups, ri_pageins, ri_wired_size, ri_resident_size,
	    ri_phys_footprint, ri_proc_start_abstime, ri_proc_exit_abstime,
	    ri_child[6], ri_diskio[2], ri_qos[7], ri_billed, ri_serviced,
	    ri_logical_writes, ri_lifetime_max_phys_footprint,
	    ri_instructions, ri_cycles, ri_energy[2],
	    ri_interval_max_phys_footprint, ri_runnable_time;
};
struct rusage_info_v6 {
	struct rusage_info_v4 v4;	/* its members, one by one, in XNU */
	uint64_t ri_flags, ri_p[4], ri_energy_nj, ri_penergy_nj, ri_more[14];
};
typedef void *rusage_info_t;

int proc_listallpids(void *buffer, int bytes);
int proc_pidinfo(int pid, int flavor, uint64_t arg, void *buffer, int bytes);
int proc_pidfdinfo(int pid, int fd, int flavor, void *buffer, int bytes);
int proc_pidpath(int pid, void *buffer, uint32_t bytes);
int proc_pid_rusage(int pid, int flavor, rusage_info_t *buffer);

/* ---- Mach ---- */
typedef uint32_t mach_port_t, mach_msg_type_number_t;
typedef int kern_return_t;
typedef int *task_info_t, *host_info64_t;
#define KERN_SUCCESS 0
#define MACH_PORT_NULL 0
#define TASK_VM_INFO 22
#define HOST_VM_INFO64 4
typedef struct {
	uint64_t internal, external, compressed;
} task_vm_info_data_t;
#define TASK_VM_INFO_COUNT (sizeof(task_vm_info_data_t) / sizeof(int))
typedef struct {
	uint32_t wire_count;
} vm_statistics64_data_t;
#define HOST_VM_INFO64_COUNT (sizeof(vm_statistics64_data_t) / sizeof(int))
typedef struct {
	uint32_t numer, denom;
} mach_timebase_info_data_t;

#define PROCESSOR_CPU_LOAD_INFO 2
enum { CPU_STATE_USER, CPU_STATE_SYSTEM, CPU_STATE_IDLE, CPU_STATE_NICE,
	CPU_STATE_MAX };
typedef unsigned natural_t;
typedef int *processor_info_array_t;
typedef uintptr_t vm_address_t;

mach_port_t mach_task_self(void);
mach_port_t mach_host_self(void);
kern_return_t mach_port_deallocate(mach_port_t task, mach_port_t name);
kern_return_t task_name_for_pid(mach_port_t task, int pid, mach_port_t *out);
kern_return_t task_info(mach_port_t task, int flavor, task_info_t out,
    mach_msg_type_number_t *count);
kern_return_t host_statistics64(mach_port_t host, int flavor,
    host_info64_t out, mach_msg_type_number_t *count);
kern_return_t host_processor_info(mach_port_t host, int flavor,
    natural_t *cpus, processor_info_array_t *out,
    mach_msg_type_number_t *count);
kern_return_t vm_deallocate(mach_port_t task, vm_address_t at, size_t bytes);
kern_return_t mach_timebase_info(mach_timebase_info_data_t *out);

/* ---- kqueue ---- */
#define EVFILT_PROC (-5)
#define EVFILT_TIMER (-7)
#define EV_ADD 1
#define EV_CLEAR 0x20
#define EV_ONESHOT 0x10
#define NOTE_FORK 0x40000000u
#define NOTE_EXEC 0x20000000u
#define NOTE_EXIT 0x80000000u
#define NOTE_EXITSTATUS 0x04000000u
#define NOTE_NSECONDS 4u
#define NOTE_CRITICAL 0x20u
struct kevent {
	uintptr_t ident;
	int16_t filter;
	uint16_t flags;
	uint32_t fflags;
	intptr_t data;
	void *udata;
};
#define EV_SET(kev, a, b, c, d, e, f) \
	(*(kev) = (struct kevent){ (a), (b), (c), (d), (e), (f) })
int kqueue(void);
int kevent(int kq, const struct kevent *changes, int n_changes,
    struct kevent *events, int n_events, const struct timespec *timeout);

/* ---- sysctl ---- */
struct xsw_usage {
	uint64_t xsu_total, xsu_avail, xsu_used;
};
enum { CTL_KERN = 1, KERN_PROCARGS2 = 49 };
int sysctl(int *name, unsigned n, void *out, size_t *len, void *in,
    size_t in_len);
int sysctlbyname(const char *name, void *out, size_t *len, void *in,
    size_t in_len);

#endif
