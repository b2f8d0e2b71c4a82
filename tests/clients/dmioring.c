// SPDX-License-Identifier: GPL-2.0
/*
 * I/O through io_uring: what comes back, and that submitting does not block.
 *
 *   dmioring DEV read|write OFFSET LENGTH [OPT=..]
 *
 * Submits count=N I/Os of LENGTH bytes, step=BYTES apart (default LENGTH), in one
 * call, prints "submitted" as soon as that call is back, then waits for all of
 * them and prints how many came back with what, in order of first appearance:
 * "6 x 4096" or "2 x EAGAIN". Writes are stamped with gen=N, reads are checked
 * against it (check=0: not).
 *
 * OPT: nowait=1 (RWF_NOWAIT), dsync=1, iopoll=1 (a polling ring), direct=0|1,
 * limit=SECONDS (SIGALRM ends the program), rounds=N (all of it N times,
 * "submitted" only once), vec=BYTES (readv/writev in vectors of so many bytes).
 */
#include <fcntl.h>
#include <linux/io_uring.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#include "dmio.h"

struct ring {
	int fd;
	unsigned int *sq_tail, *sq_mask, *sq_array;
	unsigned int *cq_head, *cq_tail, *cq_mask;
	struct io_uring_sqe *sqes;
	struct io_uring_cqe *cqes;
};

static struct {
	uint64_t count, step, gen, vec, rounds;
	bool nowait, dsync, iopoll, direct, check;
	unsigned int limit;
} opt = { .count = 1, .gen = 1, .rounds = 1, .direct = true, .check = true };

static struct tally { int res; unsigned long times; } tallies[16];

static void *ring_map(int fd, size_t bytes, off_t what)
{
	void *p = mmap(NULL, bytes, PROT_READ | PROT_WRITE,
		       MAP_SHARED | MAP_POPULATE, fd, what);

	if (p == MAP_FAILED)
		die("mmap of the ring: %s", err_name(errno));
	return p;
}

static void ring_init(struct ring *r, unsigned int entries)
{
	struct io_uring_params p = {
		.flags = opt.iopoll ? IORING_SETUP_IOPOLL : 0,
	};
	char *sq, *cq;

	r->fd = syscall(__NR_io_uring_setup, entries, &p);
	if (r->fd < 0)
		die("io_uring_setup: %s", err_name(errno));
	sq = ring_map(r->fd, p.sq_off.array + p.sq_entries * 4, IORING_OFF_SQ_RING);
	cq = ring_map(r->fd, p.cq_off.cqes + p.cq_entries * sizeof(*r->cqes),
		      IORING_OFF_CQ_RING);
	r->sqes = ring_map(r->fd, p.sq_entries * sizeof(*r->sqes), IORING_OFF_SQES);
	r->sq_tail = (unsigned int *)(sq + p.sq_off.tail);
	r->sq_mask = (unsigned int *)(sq + p.sq_off.ring_mask);
	r->sq_array = (unsigned int *)(sq + p.sq_off.array);
	r->cq_head = (unsigned int *)(cq + p.cq_off.head);
	r->cq_tail = (unsigned int *)(cq + p.cq_off.tail);
	r->cq_mask = (unsigned int *)(cq + p.cq_off.ring_mask);
	r->cqes = (struct io_uring_cqe *)(cq + p.cq_off.cqes);
}

static void ring_add(struct ring *r, const struct io_uring_sqe *sqe)
{
	unsigned int tail = *r->sq_tail, i = tail & *r->sq_mask;

	r->sqes[i] = *sqe;
	r->sq_array[i] = i;
	__atomic_store_n(r->sq_tail, tail + 1, __ATOMIC_RELEASE);
}

static void ring_enter(struct ring *r, unsigned int submit, unsigned int wait)
{
	int done;

	do {
		done = syscall(__NR_io_uring_enter, r->fd, submit, wait,
			       wait ? IORING_ENTER_GETEVENTS : 0, NULL, 0);
	} while (done < 0 && errno == EINTR);
	if (done < 0)
		die("io_uring_enter: %s", err_name(errno));
	if ((unsigned int)done != submit)
		die("only %d of %u taken", done, submit);
}

static void tally(int res)
{
	for (size_t i = 0; i < sizeof(tallies) / sizeof(tallies[0]); i++) {
		if (tallies[i].times && tallies[i].res != res)
			continue;
		tallies[i].res = res;
		tallies[i].times++;
		return;
	}
}

static bool content_ok(const uint64_t *buf, uint64_t at, size_t bytes)
{
	for (size_t s = 0; s < bytes / SECTOR; s++) {
		struct stamp got = stamp_read(buf + s * WORDS);

		if (got.kind == KIND_STAMP && got.sector == at / SECTOR + s &&
		    got.gen == opt.gen)
			continue;
		printf("wrong data at sector %" PRIu64 "\n", at / SECTOR + s);
		return false;
	}
	return true;
}

static struct iovec *vectors(char *buf, uint64_t len, unsigned int *nr)
{
	uint64_t step = opt.vec ? opt.vec : len;
	struct iovec *v = calloc(len / step + 1, sizeof(*v));

	*nr = 0;
	if (!v)
		die("out of memory");
	for (uint64_t pos = 0; pos < len; pos += step)
		v[(*nr)++] = (struct iovec){ buf + pos,
					     len - pos < step ? len - pos : step };
	return v;
}

static int run(struct ring *r, int fd, bool write, uint64_t offset, uint64_t len,
	       char *bufs, bool tell)
{
	struct iovec **v = calloc(opt.count, sizeof(*v));
	int status = 0;

	if (!v)
		die("out of memory");
	for (uint64_t i = 0; i < opt.count; i++) {
		uint64_t at = offset + i * opt.step;
		struct io_uring_sqe sqe = {
			.opcode = write ? IORING_OP_WRITEV : IORING_OP_READV,
			.fd = fd, .off = at, .user_data = i,
			.rw_flags = (opt.nowait ? RWF_NOWAIT : 0) |
				    (opt.dsync ? RWF_DSYNC : 0),
		};
		char *buf = bufs + i * len;
		unsigned int nr;

		for (size_t s = 0; s < len / SECTOR; s++) {
			if (write)
				stamp_make((uint64_t *)(buf + s * SECTOR),
					   at / SECTOR + s, opt.gen);
			else
				memset(buf + s * SECTOR, 0xa5, SECTOR);
		}
		v[i] = vectors(buf, len, &nr);
		sqe.addr = (uintptr_t)v[i];
		sqe.len = nr;
		ring_add(r, &sqe);
	}
	ring_enter(r, opt.count, 0);
	if (tell) {
		puts("submitted");
		fflush(stdout);
	}
	for (uint64_t done = 0; done < opt.count;) {
		unsigned int head = *r->cq_head;

		if (head == __atomic_load_n(r->cq_tail, __ATOMIC_ACQUIRE)) {
			ring_enter(r, 0, 1);
			continue;
		}
		while (head != __atomic_load_n(r->cq_tail, __ATOMIC_ACQUIRE)) {
			struct io_uring_cqe c = r->cqes[head & *r->cq_mask];

			tally(c.res);
			if (!write && opt.check && c.res > 0 &&
			    !content_ok((uint64_t *)(bufs + c.user_data * len),
					offset + c.user_data * opt.step, c.res))
				status = 1;
			head++;
			done++;
		}
		__atomic_store_n(r->cq_head, head, __ATOMIC_RELEASE);
	}
	for (uint64_t i = 0; i < opt.count; i++)
		free(v[i]);
	free(v);
	return status;
}

static void options_parse(char **arg)
{
	struct { const char *name; uint64_t *n; bool *b; } opts[] = {
		{ "count", &opt.count, NULL }, { "step", &opt.step, NULL },
		{ "gen", &opt.gen, NULL }, { "vec", &opt.vec, NULL },
		{ "rounds", &opt.rounds, NULL }, { "nowait", NULL, &opt.nowait },
		{ "dsync", NULL, &opt.dsync }, { "iopoll", NULL, &opt.iopoll },
		{ "direct", NULL, &opt.direct }, { "check", NULL, &opt.check },
	};

	for (; *arg; arg++) {
		char *value = strchr(*arg, '=');
		size_t i;

		if (!value)
			die("what is %s?", *arg);
		*value++ = 0;
		if (!strcmp(*arg, "limit")) {
			alarm(number(value));
			continue;
		}
		for (i = 0; i < sizeof(opts) / sizeof(opts[0]); i++)
			if (!strcmp(*arg, opts[i].name))
				break;
		if (i == sizeof(opts) / sizeof(opts[0]))
			die("unknown option %s", *arg);
		if (opts[i].n)
			*opts[i].n = number(value);
		else
			*opts[i].b = number(value);
	}
}

int main(int argc, char **argv)
{
	uint64_t offset, len;
	unsigned int entries = 1;
	struct ring r;
	int fd, status = 0;
	bool write;
	char *bufs;

	if (argc < 5)
		die("usage: dmioring DEV read|write OFFSET LENGTH [OPT=..]");
	write = !strcmp(argv[2], "write");
	offset = number(argv[3]);
	len = number(argv[4]);
	opt.step = len;
	options_parse(argv + 5);
	if (!len || !opt.count)
		die("nothing to do");
	while (entries < opt.count)
		entries *= 2;
	fd = open(argv[1], (write ? O_RDWR : O_RDONLY) | (opt.direct ? O_DIRECT : 0));
	if (fd < 0)
		die("%s: open: %s", argv[1], err_name(errno));
	bufs = buffer_new(opt.count * len);
	ring_init(&r, entries);
	for (uint64_t i = 0; i < opt.rounds; i++)
		status |= run(&r, fd, write, offset, len, bufs, i == 0);
	for (size_t i = 0; i < sizeof(tallies) / sizeof(tallies[0]); i++) {
		if (!tallies[i].times)
			break;
		if (tallies[i].res < 0)
			printf("%lu x %s\n", tallies[i].times, err_name(-tallies[i].res));
		else
			printf("%lu x %d\n", tallies[i].times, tallies[i].res);
	}
	return status;
}
