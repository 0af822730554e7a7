#include "signals.h"

#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

static int ends[2] = { -1, -1 };

static void
on_signal(int number, siginfo_t *info, void *context)
{
	unsigned char message[2] = { (unsigned char)number,
	    info != NULL && info->si_pid != 0 };

	(void)context;
	/* A full pipe has bytes enough to wake us. */
	if (write(ends[1], message, sizeof(message)) == -1)
		return;
}

int
signals_open(void)
{
	static const int numbers[] = { SIGINT, SIGTERM, SIGHUP, SIGQUIT,
	    SIGCHLD };
	struct sigaction sa;

	if (pipe(ends) == -1)
		return -1;
	for (int i = 0; i < 2; i++) {
		fcntl(ends[i], F_SETFD, FD_CLOEXEC);
		fcntl(ends[i], F_SETFL, O_NONBLOCK);
	}
	memset(&sa, 0, sizeof(sa));
	sigemptyset(&sa.sa_mask);
	sa.sa_sigaction = on_signal;
	sa.sa_flags = SA_SIGINFO | SA_RESTART;
	for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++)
		sigaction(numbers[i], &sa, NULL);
	signal(SIGPIPE, SIG_IGN);
	signal(SIGXFSZ, SIG_IGN);	/* a failed write says why */
	return ends[0];
}

void
signals_take(struct signals *out)
{
	unsigned char m[2];

	memset(out, 0, sizeof(*out));
	while (read(ends[0], m, sizeof(m)) == sizeof(m)) {
		if (m[0] == SIGCHLD) {
			out->child = true;
			continue;
		}
		out->ended++;
		out->last = m[0];
		out->from_process = m[1] != 0;
	}
}

int
signals_free_thread(pthread_t *thread, void *(*run)(void *), void *arg)
{
	sigset_t all, before;
	int error;

	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	error = pthread_create(thread, NULL, run, arg);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	return error;
}
