// SPDX-License-Identifier: GPL-2.0
/* What is done to the block devices: holds, I/O, ioctls, sysfs. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>
#include <linux/blkpg.h>
#include <linux/blkzoned.h>
#include <linux/falloc.h>
#include <linux/fs.h>
#include <linux/hdreg.h>
#include <linux/pr.h>
#include <scsi/sg.h>

#include "oracle.h"

#ifndef BLKDISCARDZEROES
#define BLKDISCARDZEROES _IO(0x12, 124)
#endif

enum io_op { IO_READ, IO_WRITE, IO_DISCARD, IO_ZEROOUT, IO_SECDISCARD, IO_PUNCH,
	     IO_ZERORANGE, IO_FSYNC, IO_OPS };

static const char *const op_names[] = { "read", "write", "discard", "zeroout",
	"secdiscard", "punch", "zerorange", "fsync" };

static void result(struct job *job, long ret)
{
	job->ret = ret;
	job->err = ret < 0 ? errno : 0;
	text_add(&job->result, "  = %ld %s", ret < 0 ? -1 : ret,
		 err_name(job->err));
}

static void fill_data(char *buf, size_t len, uint64_t seed)
{
	size_t i;

	for (i = 0; i < len; i++) {
		if (!(i & 7))
			seed = seed * 6364136223846793005ull + 1442695040888963407ull;
		buf[i] = seed >> (8 * (i & 7));
	}
}

static void transfer(struct job *job, int fd)
{
	int rwf = job->flags & O_NONBLOCK ? RWF_NOWAIT : 0;
	char *base, *buf;
	struct iovec iov;
	long n;

	if (posix_memalign((void **)&base, 4096, job->len + 8192))
		die("no memory");
	buf = base + (job->seed & 1 ? 512 : 0) + (job->seed & 2 ? 4 : 0);
	if (job->flags & O_DSYNC)
		rwf |= RWF_DSYNC;
	iov.iov_base = buf;
	iov.iov_len = job->len;
	errno = 0;
	if (job->op == IO_WRITE) {
		fill_data(buf, job->len, job->off + job->seed);
		n = pwritev2(fd, &iov, 1, job->off, rwf);
		result(job, n);
		/* No dirty page outlives its call: writeback knows no order. */
		if (n > 0 && !(job->flags & O_DIRECT)) {
			n = fsync(fd);
			text_add(&job->result, " fsync %s",
				 err_name(n ? errno : 0));
		}
	} else {
		memset(buf, 0x77, job->len);
		n = preadv2(fd, &iov, 1, job->off, rwf);
		result(job, n);
		text_add(&job->result, " data %016llx", (unsigned long long)
			 hash_bytes(buf, job->len, 0));
	}
	text_add(&job->result, "\n");
	free(base);
}

static void range(struct job *job, int fd)
{
	uint64_t r[2] = { job->off, job->len };
	long n;

	errno = 0;
	if (job->op == IO_DISCARD)
		n = ioctl(fd, BLKDISCARD, r);
	else if (job->op == IO_ZEROOUT)
		n = ioctl(fd, BLKZEROOUT, r);
	else if (job->op == IO_SECDISCARD)
		n = ioctl(fd, BLKSECDISCARD, r);
	else if (job->op == IO_FSYNC)
		n = fsync(fd);
	else
		n = fallocate(fd, FALLOC_FL_KEEP_SIZE |
			      (job->op == IO_PUNCH ? FALLOC_FL_PUNCH_HOLE :
			       FALLOC_FL_ZERO_RANGE), job->off, job->len);
	result(job, n);
	text_add(&job->result, "\n");
}

static void job_io(struct job *job)
{
	int fd = job->fd;

	if (fd < 0) {
		errno = 0;
		fd = open(job->path, job->flags & ~(O_NONBLOCK | O_DSYNC));
		if (fd < 0) {
			result(job, fd);
			text_add(&job->result, " open\n");
			return;
		}
	}
	if (job->op == IO_READ || job->op == IO_WRITE)
		transfer(job, fd);
	else
		range(job, fd);
	job->opened = fd;
}

/*
 * I/O that hung ends within the call that resumes the device: that call's open
 * count must not depend on who is faster, so the file is closed after it.
 */
static void job_io_report(struct job *job)
{
	if (job->fd < 0 && job->opened >= 0)
		close(job->opened);
}

static uint64_t offset_pick(uint64_t sectors)
{
	uint64_t bytes = sectors << 9;

	switch (rng_below(12)) {
	case 0:
		return bytes;
	case 1:
		return bytes - 512;
	case 2:
		return bytes - 4096;
	case 3:
		return bytes + 512 * rng_below(64);
	case 4:
		return rng_below(bytes + 1);
	case 5:
		return rng_below(sectors + 1) << 9;
	case 6: case 7:
		return 0;
	default:
		return (rng_below(sectors / 8 + 1) << 12);
	}
}

static int slot_of(int minor)
{
	unsigned int i, first = rng_below(SLOTS);

	for (i = 0; i < SLOTS; i++) {
		unsigned int k = (i + first) % SLOTS;

		if (slots[k].fd >= 0 && slots[k].minor == minor && !slots[k].busy)
			return k;
	}
	return -1;
}

void gen_io(void)
{
	static const unsigned int lens[] = { 512, 512, 1024, 4096, 4096, 8192,
		16384, 65536, 262144, 1048576, 513, 100, 0, 20480 };
	struct mdev *m = model_pick_live();
	unsigned int op = rng_below(100);
	struct job *job = worker_get(JOB_IO);
	int slot;

	if (!job) {
		log_add("io: no worker is free\n");
		return;
	}
	job->op = op < 42 ? IO_READ : op < 75 ? IO_WRITE :
		  IO_DISCARD + (op - 75) % (IO_OPS - IO_DISCARD);
	job->off = offset_pick(m->live);
	job->len = lens[rng_below(ARRAY_SIZE(lens))];
	job->seed = rng_next() & (rng_chance(8) ? ~0ull : ~3ull);
	job->flags = job->op == IO_READ ? O_RDONLY : O_RDWR;
	job->flags |= O_CLOEXEC;
	if (rng_chance(2))
		job->flags ^= O_RDWR;
	if (rng_chance(65))
		job->flags |= O_DIRECT;
	if (rng_chance(15))
		job->flags |= O_NONBLOCK;
	if (rng_chance(15))
		job->flags |= O_DSYNC;
	snprintf(job->path, sizeof(job->path), "/dev/dm-%d", m->minor);
	slot = rng_chance(40) ? slot_of(m->minor) : -1;
	/*
	 * One in five of the calls that would hang is let through: a suspended
	 * device mostly gets I/O that does not wait.
	 */
	if (m->suspended && !rng_chance(20))
		job->flags |= O_NONBLOCK | O_DIRECT;
	/* One at a time: of two that hang, nobody knows which comes first. */
	if (workers_blocked_io()) {
		if (job->op > IO_WRITE) {
			log_add("io: other I/O hangs\n");
			return;
		}
		job->flags |= O_NONBLOCK | O_DIRECT;
	}
	job->fd = slot >= 0 ? slots[slot].fd : -1;
	log_add("%s %s off=%llu len=%llu flags=0%o seed=%llx slot=%d\n",
		op_names[job->op], job->path, (unsigned long long)job->off,
		(unsigned long long)job->len, job->flags,
		(unsigned long long)job->seed, slot);
	log_flush();
	job->opened = -1;
	job->run = job_io;
	job->report = job_io_report;
	worker_start(job);
	worker_finish(job);
}

static void job_open(struct job *job)
{
	errno = 0;
	job->ret = open(job->path, job->flags);
	job->err = job->ret < 0 ? errno : 0;
	text_add(&job->result, "  = %s\n", err_name(job->err));
	if (job->ret >= 0)
		*(int *)job->ptr = job->ret;
}

static void job_close(struct job *job)
{
	int ret = close(job->fd);

	text_add(&job->result, "  = %s\n", err_name(ret ? errno : 0));
}

void gen_hold(void)
{
	static const int modes[] = { O_RDONLY, O_RDONLY, O_RDWR, O_RDWR, O_WRONLY,
		O_RDONLY | O_EXCL, O_RDWR | O_EXCL, O_RDONLY | O_NONBLOCK,
		O_RDWR | O_DIRECT, O_ACCMODE, O_RDWR | O_NDELAY };
	struct mdev *m = model_pick_live();
	unsigned int i = rng_below(SLOTS);
	struct job *job = worker_get(JOB_IO);
	struct slot *s = &slots[i];

	if (s->fd >= 0 || workers_blocked_io() || !job) {
		gen_release();
		return;
	}
	job->flags = modes[rng_below(ARRAY_SIZE(modes))] | O_CLOEXEC;
	job->ptr = &s->fd;
	s->minor = m->minor;
	s->flags = job->flags;
	m->holds++;
	snprintf(job->path, sizeof(job->path), "/dev/dm-%d", m->minor);
	log_add("open %s flags=0%o slot=%u\n", job->path, job->flags, i);
	log_flush();
	job->run = job_open;
	worker_start(job);
	worker_finish(job);
}

void gen_release(void)
{
	unsigned int i, first = rng_below(SLOTS);
	struct job *job;

	/* A file that hung I/O uses is let go only once that has come back. */
	if (workers_blocked_io()) {
		log_add("close: I/O hangs\n");
		return;
	}
	for (i = 0; i < SLOTS && slots[(i + first) % SLOTS].fd < 0; i++)
		;
	i = (i + first) % SLOTS;
	job = worker_get(JOB_IO);
	if (slots[i].fd < 0 || !job) {
		log_add("close: nothing is open\n");
		return;
	}
	log_add("close slot=%u\n", i);
	log_flush();
	job->fd = slots[i].fd;
	slots[i].fd = -1;
	if (model_by_minor(slots[i].minor) &&
	    model_by_minor(slots[i].minor)->holds)
		model_by_minor(slots[i].minor)->holds--;
	job->run = job_close;
	worker_start(job);
	worker_finish(job);
}

void io_cleanup(void)
{
	unsigned int i;

	for (i = 0; i < SLOTS; i++) {
		if (slots[i].fd >= 0)
			close(slots[i].fd);
		slots[i].fd = -1;
	}
}

enum arg { ARG_NONE, ARG_LONG_OUT, ARG_LONG_IN, ARG_BUF };

static const struct {
	const char *name;
	unsigned long request;
	enum arg arg;
	unsigned long in;
} blk[] = {
	{ "BLKGETSIZE64", BLKGETSIZE64, ARG_BUF, 0 },
	{ "BLKGETSIZE", BLKGETSIZE, ARG_BUF, 0 },
	{ "BLKSSZGET", BLKSSZGET, ARG_BUF, 0 },
	{ "BLKPBSZGET", BLKPBSZGET, ARG_BUF, 0 },
	{ "BLKBSZGET", BLKBSZGET, ARG_BUF, 0 },
	{ "BLKIOMIN", BLKIOMIN, ARG_BUF, 0 },
	{ "BLKIOOPT", BLKIOOPT, ARG_BUF, 0 },
	{ "BLKALIGNOFF", BLKALIGNOFF, ARG_BUF, 0 },
	{ "BLKROGET", BLKROGET, ARG_BUF, 0 },
	{ "BLKRAGET", BLKRAGET, ARG_BUF, 0 },
	{ "BLKSECTGET", BLKSECTGET, ARG_BUF, 0 },
	{ "BLKROTATIONAL", BLKROTATIONAL, ARG_BUF, 0 },
	{ "BLKDISCARDZEROES", BLKDISCARDZEROES, ARG_BUF, 0 },
	{ "HDIO_GETGEO", HDIO_GETGEO, ARG_BUF, 0 },
	{ "BLKGETZONESZ", BLKGETZONESZ, ARG_BUF, 0 },
	{ "BLKGETNRZONES", BLKGETNRZONES, ARG_BUF, 0 },
	{ "BLKREPORTZONE", BLKREPORTZONE, ARG_BUF, 0 },
	{ "BLKRESETZONE", BLKRESETZONE, ARG_BUF, 0 },
	{ "BLKFLSBUF", BLKFLSBUF, ARG_NONE, 0 },
	{ "BLKRRPART", BLKRRPART, ARG_NONE, 0 },
	{ "BLKRASET", BLKRASET, ARG_NONE, 64 },
	{ "BLKROSET 1", BLKROSET, ARG_LONG_IN, 1 },
	{ "BLKROSET 0", BLKROSET, ARG_LONG_IN, 0 },
	{ "BLKBSZSET", BLKBSZSET, ARG_LONG_IN, 1024 },
	{ "BLKPG", BLKPG, ARG_BUF, 0 },
	{ "SG_GET_VERSION_NUM", SG_GET_VERSION_NUM, ARG_BUF, 0 },
	{ "CDROM", 0x5310, ARG_BUF, 0 },
	{ "HDIO_GET_IDENTITY", HDIO_GET_IDENTITY, ARG_BUF, 0 },
	{ "unknown", 0x1234, ARG_BUF, 0 },
	{ "FIFREEZE", FIFREEZE, ARG_NONE, 0 },
	{ "IOC_PR_REGISTER", IOC_PR_REGISTER, ARG_BUF, 0 },
	{ "IOC_PR_CLEAR", IOC_PR_CLEAR, ARG_BUF, 0 },
	{ "IOC_PR_RESERVE", IOC_PR_RESERVE, ARG_BUF, 0 },
	{ "SCSI_IOCTL_GET_IDLUN", 0x5382, ARG_BUF, 0 },
	{ "LOOP_GET_STATUS64", 0x4c05, ARG_BUF, 0 },
};

static void job_blkioctl(struct job *job)
{
	unsigned char buf[4096];
	unsigned long in = blk[job->op].in;
	void *arg = blk[job->op].arg == ARG_BUF ? (void *)buf :
		    blk[job->op].arg == ARG_LONG_IN ? (void *)&in : (void *)in;
	int fd = open(job->path, job->flags), i, last = 0;

	if (fd < 0) {
		result(job, fd);
		text_add(&job->result, " open\n");
		return;
	}
	memset(buf, 0, sizeof(buf));
	errno = 0;
	result(job, ioctl(fd, blk[job->op].request, arg));
	for (i = 0; i < (int)sizeof(buf); i++)
		if (buf[i])
			last = i + 1;
	text_add(&job->result, " [");
	for (i = 0; i < last && i < 64; i++)
		text_add(&job->result, "%02x", buf[i]);
	text_add(&job->result, "]\n");
	close(fd);
}

void gen_blkioctl(void)
{
	struct mdev *m = model_pick_live();
	struct job *job = worker_get(JOB_IO);

	if (!job) {
		log_add("blkioctl: no worker is free\n");
		return;
	}
	job->op = rng_below(ARRAY_SIZE(blk));
	job->flags = (rng_chance(70) ? O_RDONLY : O_RDWR) | O_CLOEXEC;
	snprintf(job->path, sizeof(job->path), "/dev/dm-%d", m->minor);
	log_add("%s %s flags=0%o\n", blk[job->op].name, job->path, job->flags);
	log_flush();
	job->run = job_blkioctl;
	worker_start(job);
	worker_finish(job);
}

static const struct {
	const char *attr, *value;
} sets[] = {
	{ "queue/read_ahead_kb", "512" }, { "queue/read_ahead_kb", "0" },
	{ "queue/max_sectors_kb", "64" }, { "queue/max_sectors_kb", "4" },
	{ "queue/max_sectors_kb", "1280" }, { "queue/max_sectors_kb", "999999" },
	/* not iostats off: the stock module of 6.1 would not heed it */
	{ "queue/nomerges", "2" }, { "queue/nomerges", "0" },
	{ "queue/iostats", "1" }, { "queue/rotational", "0" },
	{ "queue/rotational", "1" }, { "queue/add_random", "1" },
	{ "queue/write_cache", "write back" },
	{ "queue/write_cache", "write through" }, { "queue/rq_affinity", "2" },
	{ "queue/discard_max_bytes", "0" }, { "queue/discard_max_bytes", "65536" },
	{ "queue/stable_writes", "1" }, { "queue/scheduler", "none" },
	{ "queue/nr_requests", "32" }, { "queue/io_poll", "1" },
	{ "queue/wbt_lat_usec", "0" }, { "uevent", "change" },
	{ "uevent", "add x" }, { "dm/name", "x" }, { "dm/suspended", "1" },
	{ "dm/rq_based_seq_io_merge_deadline", "100" }, { "dm/use_blk_mq", "1" },
	{ "make-it-fail", "1" }, { "size", "1" }, { "bdi/max_ratio", "50" },
};

void gen_sysfs(void)
{
	struct mdev *m = model_pick_live();
	char name[32];

	snprintf(name, sizeof(name), "dm-%d", m->minor);
	if (rng_chance(25)) {
		unsigned int i = rng_below(ARRAY_SIZE(sets));

		log_add("set %s %s %s\n", name, sets[i].attr, sets[i].value);
		log_flush();
		sysfs_set(name, sets[i].attr, sets[i].value);
		return;
	}
	log_add("sysfs %s\n", name);
	log_flush();
	sysfs_report(name);
}

/* What may change below. */
void gen_disk(void)
{
	static int claimed = -1;
	static const char *const sectors[] = { "4", "64", "128", "512" };
	unsigned int i = rng_below(disk_count);
	struct disk *d = &disks[i];
	int fd, ro;

	switch (rng_below(8)) {
	case 0: case 1:
		ro = rng_chance(40);
		log_add("disk %s ro=%d\n", d->name, ro);
		fd = open(d->path, O_RDONLY | O_CLOEXEC);
		log_add("  = %s\n", fd < 0 || ioctl(fd, BLKROSET, &ro) ?
			err_name(errno) : "0");
		close(fd);
		break;
	case 2:
		log_add("disk %s claim\n", d->name);
		if (claimed >= 0)
			close(claimed);
		claimed = open(d->path, O_RDONLY | O_EXCL | O_CLOEXEC);
		log_add("  = %s\n", err_name(claimed < 0 ? errno : 0));
		break;
	case 3:
		log_add("disk %s unclaim\n", d->name);
		if (claimed >= 0)
			close(claimed);
		claimed = -1;
		break;
	case 4:
		log_add("disk %s max_sectors_kb\n", d->name);
		sysfs_set(d->name, "queue/max_sectors_kb",
			  sectors[rng_below(ARRAY_SIZE(sectors))]);
		break;
	default:
		log_add("disk %s hash\n", d->name);
		disk_hash(i);
		break;
	}
}

static void line_of(const char *path, const char *word)
{
	char line[256];
	FILE *f = fopen(path, "r");

	while (f && fgets(line, sizeof(line), f))
		if (strstr(line, word))
			log_add("  = %s", line);
	if (f)
		fclose(f);
}

void gen_misc(void)
{
	char buf[16];
	struct stat st;
	int fd;

	switch (rng_below(6)) {
	case 0:
		log_add("control file: read, write, seek, map\n");
		fd = arena_control_fd(VIA_FIRST);
		log_add("  = %zd %s\n", read(fd, buf, 16), err_name(errno));
		log_add("  = %zd %s\n", write(fd, "x", 1), err_name(errno));
		log_add("  = %lld %s\n", (long long)lseek(fd, 8, SEEK_SET),
			err_name(errno));
		log_add("  = %d %s\n", mmap(NULL, 4096, PROT_READ, MAP_SHARED, fd,
					    0) != MAP_FAILED, err_name(errno));
		break;
	case 1:
		log_add("control node\n");
		if (!stat("/dev/mapper/control", &st))
			log_add("  = mode %o rdev %llx\n", st.st_mode,
				(unsigned long long)st.st_rdev);
		line_of("/proc/misc", "device-mapper");
		line_of("/proc/devices", "device-mapper");
		break;
	case 2:
		log_add("control file: read-only, odd openings\n");
		fd = open("/dev/mapper/control", O_RDONLY | O_NONBLOCK);
		if (fd < 0) {
			log_add("  = %s\n", err_name(errno));
			break;
		}
		{
			struct dm_ioctl h = { .version = { 4 }, .data_size =
				sizeof(h), .data_start = sizeof(h) };

			log_add("  = %d %s\n", ioctl(fd, DM_VERSION, &h),
				err_name(errno));
			log_add("  = %d %s\n", ioctl(fd, DM_VERSION, NULL),
				err_name(errno));
			log_add("  = %d %s\n", ioctl(fd, DM_LIST_DEVICES, 8),
				err_name(errno));
		}
		close(fd);
		break;
	case 3:
		log_add("signal the waiters\n");
		log_flush();
		workers_signal();
		break;
	case 4: {
		struct disk *d = &disks[rng_below(disk_count)];
		char path[128];

		log_add("holders of %s\n", d->name);
		snprintf(path, sizeof(path), "/sys/block/%s/holders", d->name);
		dir_report(path, "holders");
		break;
	}
	default:
		log_add("partitions\n");
		line_of("/proc/partitions", "dm-");
		break;
	}
}
