// SPDX-License-Identifier: GPL-2.0
/*
 * The memory that ioctl buffers live in, and the twins: programs that issue a
 * call on behalf of this one, with another word size or without privileges.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "oracle.h"

#define CONTROL	"/dev/mapper/control"
#define NOBODY	65534

struct request {
	uint64_t request;
	uint64_t offset;
	uint32_t kind;		/* 0: ioctl, 1: open the control file */
	uint32_t pad;
};

struct reply {
	int32_t ret, err;
};

static char *arena;
static int memfd = -1;
static int control[VIA_COUNT] = { -1, -1, -1, -1 };	/* sockets, for twins */

static char *arena_map(int fd)
{
	size_t page = 4096;
	char *p = mmap(NULL, ARENA_SIZE + page, PROT_NONE,
		       MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (p == MAP_FAILED)
		die("mmap: %s", strerror(errno));
	p = mmap(p, ARENA_SIZE, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_FIXED,
		 fd, 0);
	if (p == MAP_FAILED)
		die("mmap: %s", strerror(errno));
	return p;
}

char *arena_base(void)
{
	return arena;
}

static void twin_serve(int sock, bool nobody)
{
	struct request rq;
	int fd = -1;

	while (read(sock, &rq, sizeof(rq)) == sizeof(rq)) {
		struct reply rp = { 0, 0 };

		if (rq.kind == 1) {
			fd = open(CONTROL, O_RDWR | O_CLOEXEC);
			if (fd < 0)
				rp.err = errno;
			if (nobody && (setresgid(NOBODY, NOBODY, 0) ||
				       setresuid(NOBODY, NOBODY, 0)))
				rp.err = errno;
		} else {
			errno = 0;
			rp.ret = ioctl(fd, (unsigned long)rq.request,
				       arena + rq.offset);
			rp.err = rp.ret < 0 ? errno : 0;
		}
		if (write(sock, &rp, sizeof(rp)) != sizeof(rp))
			break;
	}
	_exit(0);
}

/* What the 32-bit program is started as: --twin MEMFD SOCKET */
int twin_main(int argc, char **argv)
{
	if (argc != 4)
		return 2;
	arena = arena_map(atoi(argv[2]));
	twin_serve(atoi(argv[3]), false);
	return 0;
}

static int twin_start(const char *exe)
{
	int pair[2];
	pid_t pid;

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair))
		die("socketpair: %s", strerror(errno));
	pid = fork();
	if (pid < 0)
		die("fork: %s", strerror(errno));
	if (!pid) {
		char a[16], b[16];

		prctl(PR_SET_PDEATHSIG, SIGKILL);
		close(pair[0]);
		if (!exe)
			twin_serve(pair[1], true);
		fcntl(memfd, F_SETFD, 0);
		fcntl(pair[1], F_SETFD, 0);
		snprintf(a, sizeof(a), "%d", memfd);
		snprintf(b, sizeof(b), "%d", pair[1]);
		execl(exe, exe, "--twin", a, b, (char *)NULL);
		_exit(127);
	}
	close(pair[1]);
	return pair[0];
}

static int twin_ask(int sock, uint32_t kind, uint64_t request, uint64_t offset,
		    int *err)
{
	struct request rq = { request, offset, kind, 0 };
	struct reply rp;

	if (write(sock, &rq, sizeof(rq)) != sizeof(rq) ||
	    read(sock, &rp, sizeof(rp)) != sizeof(rp))
		die("a twin has died");
	*err = rp.err;
	return rp.ret;
}

/* @self32 may be NULL: its calls are then made by this program. */
void arena_init(const char *self32)
{
	memfd = memfd_create("oracle", MFD_CLOEXEC);
	if (memfd < 0 || ftruncate(memfd, ARENA_SIZE))
		die("memfd: %s", strerror(errno));
	arena = arena_map(memfd);
	if (self32)
		control[VIA_32] = twin_start(self32);
	control[VIA_NOBODY] = twin_start(NULL);
}

void arena_open_control(void)
{
	unsigned int i;
	int err;

	for (i = VIA_FIRST; i <= VIA_SECOND; i++) {
		control[i] = open(CONTROL, O_RDWR | O_CLOEXEC);
		if (control[i] < 0)
			die(CONTROL ": %s", strerror(errno));
	}
	for (i = VIA_32; i < VIA_COUNT; i++) {
		if (control[i] < 0)
			continue;
		twin_ask(control[i], 1, 0, 0, &err);
		if (err)
			die("twin %u: %s", i, strerror(err));
	}
}

/* The module can be unloaded once this is done. */
void arena_close_control(void)
{
	unsigned int i;

	for (i = VIA_FIRST; i < VIA_COUNT; i++) {
		if (control[i] >= 0)
			close(control[i]);
		control[i] = -1;
	}
	while (wait(NULL) > 0)
		;
}

int arena_control_fd(enum via via)
{
	return control[via == VIA_SECOND ? VIA_SECOND : VIA_FIRST];
}

int arena_ioctl(enum via via, unsigned long request, size_t offset, int *err)
{
	int ret;

	if (via >= VIA_32 && control[via] >= 0)
		return twin_ask(control[via], 0, request, offset, err);
	errno = 0;
	ret = ioctl(arena_control_fd(via), request, arena + offset);
	*err = ret < 0 ? errno : 0;
	return ret;
}
