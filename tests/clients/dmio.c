// SPDX-License-Identifier: GPL-2.0
/*
 * One thing done to a block device, for shell scripts.
 *
 *   dmio fill DEV FIRST COUNT [OPT=..]	 write stamped sectors
 *   dmio check DEV FIRST COUNT [OPT=..] read them back; tell the first wrong one
 *   dmio map DEV FIRST COUNT [OPT=..]	 what is there, in runs:
 *					 "FIRST+COUNT stamp N gen G|zero|ones|junk|ERROR"
 *   dmio layout PIECES GEN DISK ...	 the disks hold, of generation GEN, what the
 *					 lines "STAMP COUNT DISK SECTOR" of the file
 *					 say (disks from 0) and no other sector
 *   dmio io DEV read|write OFFSET LENGTH [OPT=..]   one I/O: bytes done or error
 *   dmio errors DEV FIRST COUNT read|write|discard|zero|secure
 *					 runs of sectors and what one-sector I/O gives
 *   dmio ioctl DEV NAME [START LENGTH]	 what it answers
 *   dmio ioctls DEV NAME...		 what it answers to each, after its name
 *   dmio open DEV MODE			 r, w, rw, x (exclusive): ok or error
 *   dmio hold DEV MODE			 opens it, prints "held", waits for end of input
 *
 * Sectors (512 bytes) in fill, check, map, errors; bytes in io and ioctl.
 * OPT: stamp=N (number of the sector FIRST, default FIRST), gen=N (check: "any"),
 *	bs=BYTES, direct=0|1, vec=N (split each I/O into vectors of N bytes),
 *	order=forward|random, flags=nowait,dsync,hipri,odirect..., limit=SECONDS
 *	(a call that takes longer ends the program by SIGALRM).
 *
 * Exit status: 0, 1 where a check failed, 2 where it could not be done.
 */
#include <fcntl.h>
#include <linux/fs.h>
#include <linux/blkzoned.h>
#include <linux/hdreg.h>
#include <scsi/sg.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

#include "dmio.h"

#ifndef BLKGETDISKSEQ
#define BLKGETDISKSEQ _IOR(0x12, 128, __u64)
#endif

#define MAX_VECS 1024

static struct {
	uint64_t stamp;
	bool stamp_given;
	uint64_t gen;
	bool gen_any;
	size_t bs;
	size_t vec;
	bool direct;
	bool random;
	int rwf;
	unsigned int limit;
} opt = { .gen = 1, .bs = 65536, .direct = true };

static void flags_parse(char *list)
{
	static const struct { const char *name; int rwf; } flags[] = {
		{ "nowait", RWF_NOWAIT }, { "dsync", RWF_DSYNC },
		{ "sync", RWF_SYNC }, { "hipri", RWF_HIPRI },
	};
	size_t i;

	for (char *f = strtok(list, ","); f; f = strtok(NULL, ",")) {
		for (i = 0; i < sizeof(flags) / sizeof(flags[0]); i++)
			if (!strcmp(f, flags[i].name))
				break;
		if (i == sizeof(flags) / sizeof(flags[0]))
			die("unknown flag %s", f);
		opt.rwf |= flags[i].rwf;
	}
}

static void options_parse(char **arg)
{
	for (; *arg; arg++) {
		char *value = strchr(*arg, '=');

		if (!value)
			die("what is %s?", *arg);
		*value++ = 0;
		if (!strcmp(*arg, "stamp")) {
			opt.stamp = number(value);
			opt.stamp_given = true;
		} else if (!strcmp(*arg, "gen")) {
			opt.gen_any = !strcmp(value, "any");
			opt.gen = opt.gen_any ? 0 : number(value);
		} else if (!strcmp(*arg, "bs")) {
			opt.bs = number(value);
		} else if (!strcmp(*arg, "vec")) {
			opt.vec = number(value);
		} else if (!strcmp(*arg, "direct")) {
			opt.direct = number(value);
		} else if (!strcmp(*arg, "order")) {
			opt.random = !strcmp(value, "random");
		} else if (!strcmp(*arg, "flags")) {
			flags_parse(value);
		} else if (!strcmp(*arg, "limit")) {
			opt.limit = number(value);
		} else {
			die("unknown option %s", *arg);
		}
	}
	if (opt.bs % SECTOR || !opt.bs)
		die("bs is not a multiple of %d", SECTOR);
	alarm(opt.limit);
}

static int device_open(const char *path, int mode)
{
	int fd = open(path, mode | (opt.direct ? O_DIRECT : 0));

	if (fd < 0)
		die("%s: open: %s", path, err_name(errno));
	return fd;
}

/* One I/O in vectors as asked for; the count, or minus errno. */
static ssize_t io_do(int fd, bool write, void *buf, size_t len, off_t at)
{
	struct iovec vecs[MAX_VECS];
	size_t step = opt.vec ? opt.vec : len;
	int n = 0;
	ssize_t done;

	for (size_t pos = 0; pos < len || !n; pos += step, n++) {
		if (n == MAX_VECS)
			die("too many vectors");
		vecs[n].iov_base = (char *)buf + pos;
		vecs[n].iov_len = len - pos < step ? len - pos : step;
	}
	done = write ? pwritev2(fd, vecs, n, at, opt.rwf) :
		       preadv2(fd, vecs, n, at, opt.rwf);
	return done < 0 ? -errno : done;
}

/* The I/O sizes of a range, in order or shuffled. */
static uint64_t *blocks_order(uint64_t count, uint64_t *nr)
{
	uint64_t per = opt.bs / SECTOR, n = (count + per - 1) / per;
	uint64_t *order = malloc((n ? n : 1) * sizeof(*order));
	uint64_t seed = 88172645463325252ULL;

	if (!order)
		die("out of memory");
	for (uint64_t i = 0; i < n; i++)
		order[i] = i * per;
	for (uint64_t i = n; opt.random && i > 1; i--) {
		uint64_t j = random_next(&seed) % i, t = order[j];

		order[j] = order[i - 1];
		order[i - 1] = t;
	}
	*nr = n;
	return order;
}

static size_t block_len(uint64_t pos, uint64_t count)
{
	uint64_t left = (count - pos) * SECTOR;

	return left < opt.bs ? left : opt.bs;
}

static int cmd_fill(const char *dev, uint64_t first, uint64_t count)
{
	uint64_t base = opt.stamp_given ? opt.stamp : first, nr;
	uint64_t *order = blocks_order(count, &nr);
	uint64_t *buf = buffer_new(opt.bs);
	int fd = device_open(dev, O_WRONLY);

	for (uint64_t i = 0; i < nr; i++) {
		size_t len = block_len(order[i], count);
		ssize_t done;

		for (size_t s = 0; s < len / SECTOR; s++)
			stamp_make(buf + s * WORDS, base + order[i] + s, opt.gen);
		done = io_do(fd, true, buf, len, (first + order[i]) * SECTOR);
		if (done != (ssize_t)len) {
			printf("%s: write of %zu at sector %" PRIu64 ": %s\n", dev,
			       len, first + order[i],
			       done < 0 ? err_name(-done) : "short");
			return 1;
		}
	}
	if (!opt.direct && fsync(fd)) {
		printf("%s: fsync: %s\n", dev, err_name(errno));
		return 1;
	}
	close(fd);
	free(order);
	free(buf);
	return 0;
}

static void stamp_print(struct stamp s)
{
	switch (s.kind) {
	case KIND_NONE:
		printf("ok");
		break;
	case KIND_ZERO:
		printf("zero");
		break;
	case KIND_ONES:
		printf("ones");
		break;
	case KIND_JUNK:
		printf("junk");
		break;
	case KIND_STAMP:
		printf("stamp %" PRIu64 " gen %" PRIu64, s.sector, s.gen);
	}
}

static int cmd_check(const char *dev, uint64_t first, uint64_t count)
{
	uint64_t base = opt.stamp_given ? opt.stamp : first, nr;
	uint64_t *order = blocks_order(count, &nr);
	uint64_t *buf = buffer_new(opt.bs);
	int fd = device_open(dev, O_RDONLY);

	for (uint64_t i = 0; i < nr; i++) {
		size_t len = block_len(order[i], count);
		ssize_t done;

		memset(buf, 0xa5, len);
		done = io_do(fd, false, buf, len, (first + order[i]) * SECTOR);
		if (done != (ssize_t)len) {
			printf("%s: read of %zu at sector %" PRIu64 ": %s\n", dev,
			       len, first + order[i],
			       done < 0 ? err_name(-done) : "short");
			return 1;
		}
		for (size_t s = 0; s < len / SECTOR; s++) {
			struct stamp got = stamp_read(buf + s * WORDS);
			uint64_t want = base + order[i] + s;

			if (got.kind == KIND_STAMP && got.sector == want &&
			    (opt.gen_any || got.gen == opt.gen))
				continue;
			printf("%s: sector %" PRIu64 " should be stamp %" PRIu64
			       " gen %" PRIu64 ", is ", dev,
			       first + order[i] + s, want, opt.gen);
			stamp_print(got);
			putchar('\n');
			return 1;
		}
	}
	close(fd);
	free(order);
	free(buf);
	return 0;
}

/*
 * Runs of equal state. A block that cannot be read whole is read again sector
 * by sector, so that an error is pinned to its range.
 */
struct run {
	uint64_t first, count;
	struct stamp s;
	int err;
};

static void run_print(const struct run *r)
{
	if (!r->count)
		return;
	printf("%" PRIu64 "+%" PRIu64 " ", r->first, r->count);
	if (r->err)
		printf("%s", err_name(r->err));
	else
		stamp_print(r->s);
	putchar('\n');
}

static void run_add(struct run *r, uint64_t at, struct stamp s, int err)
{
	bool same = r->count && r->err == err && r->s.kind == s.kind;

	if (same && !err && s.kind == KIND_STAMP)
		same = s.gen == r->s.gen && s.sector == r->s.sector + r->count;
	if (same) {
		r->count++;
		return;
	}
	run_print(r);
	*r = (struct run){ .first = at, .count = 1, .s = s, .err = err };
}

static int cmd_map(const char *dev, uint64_t first, uint64_t count)
{
	uint64_t *buf = buffer_new(opt.bs);
	int fd = device_open(dev, O_RDONLY);
	struct run run = { 0 };

	for (uint64_t pos = 0; pos < count; pos += opt.bs / SECTOR) {
		size_t len = block_len(pos, count);
		uint64_t at = first + pos;
		bool whole = io_do(fd, false, buf, len, at * SECTOR) == (ssize_t)len;

		for (size_t s = 0; s < len / SECTOR; s++) {
			ssize_t done = SECTOR;

			if (!whole)
				done = io_do(fd, false, buf + s * WORDS, SECTOR,
					     (at + s) * SECTOR);
			run_add(&run, at + s, stamp_read(buf + s * WORDS),
				done == SECTOR ? 0 : done < 0 ? -done : ENODATA);
		}
	}
	run_print(&run);
	close(fd);
	free(buf);
	return 0;
}

/* For each sector of a disk the stamp that belongs there, or NOTHING. */
#define NOTHING UINT64_MAX

static uint64_t *layout_read(const char *path, unsigned int disk, uint64_t sectors)
{
	uint64_t *want = malloc(sectors * sizeof(*want)), stamp, count, at;
	FILE *f = fopen(path, "r");
	unsigned int d;

	if (!f || !want)
		die("%s: %s", path, err_name(errno));
	memset(want, 0xff, sectors * sizeof(*want));
	while (fscanf(f, "%" SCNu64 "%" SCNu64 "%u%" SCNu64, &stamp, &count, &d,
		      &at) == 4) {
		for (uint64_t i = 0; d == disk && i < count; i++) {
			if (at + i >= sectors)
				die("%s passes the end of disk %u", path, d);
			want[at + i] = stamp + i;
		}
	}
	if (!feof(f))
		die("%s: not four numbers a line", path);
	fclose(f);
	return want;
}

static int layout_check(const char *dev, const uint64_t *want, uint64_t sectors,
			int fd)
{
	uint64_t *buf = buffer_new(opt.bs);

	for (uint64_t pos = 0; pos < sectors; pos += opt.bs / SECTOR) {
		size_t len = block_len(pos, sectors);

		if (io_do(fd, false, buf, len, pos * SECTOR) != (ssize_t)len)
			die("%s: sector %" PRIu64 " cannot be read", dev, pos);
		for (size_t s = 0; s < len / SECTOR; s++) {
			struct stamp got = stamp_read(buf + s * WORDS);
			bool ours = got.kind == KIND_STAMP && got.gen == opt.gen;

			if (want[pos + s] == NOTHING ? !ours :
			    ours && got.sector == want[pos + s])
				continue;
			printf("%s: sector %" PRIu64 " is ", dev, pos + s);
			stamp_print(got);
			if (want[pos + s] == NOTHING)
				printf(", should be untouched\n");
			else
				printf(", should be stamp %" PRIu64 " gen %" PRIu64 "\n",
				       want[pos + s], opt.gen);
			return 1;
		}
	}
	free(buf);
	return 0;
}

static int cmd_layout(const char *pieces, char **disks)
{
	int status = 0;

	for (unsigned int d = 0; disks[d]; d++) {
		int fd = device_open(disks[d], O_RDONLY);
		off_t bytes = lseek(fd, 0, SEEK_END);
		uint64_t *want = layout_read(pieces, d, bytes / SECTOR);

		status |= layout_check(disks[d], want, bytes / SECTOR, fd);
		free(want);
		close(fd);
	}
	return status;
}

static int cmd_io(const char *dev, const char *dir, uint64_t at, uint64_t len)
{
	bool write = !strcmp(dir, "write");
	int fd = device_open(dev, write ? O_RDWR : O_RDONLY);
	char *buf = buffer_new(len);
	ssize_t done;

	for (size_t s = 0; s < len / SECTOR; s++)
		stamp_make((uint64_t *)(buf + s * SECTOR), at / SECTOR + s, opt.gen);
	done = io_do(fd, write, buf, len, at);
	if (done < 0)
		printf("%s\n", err_name(-done));
	else
		printf("%zd\n", done);
	close(fd);
	free(buf);
	return 0;
}

static int range_do(int fd, unsigned long cmd, uint64_t at, uint64_t len)
{
	uint64_t range[2] = { at, len };

	return ioctl(fd, cmd, range) ? errno : 0;
}

static int cmd_errors(const char *dev, uint64_t first, uint64_t count,
		      const char *what)
{
	static const struct { const char *name; unsigned long cmd; } ops[] = {
		{ "read", 0 }, { "write", 1 }, { "discard", BLKDISCARD },
		{ "zero", BLKZEROOUT }, { "secure", BLKSECDISCARD },
	};
	struct stamp none = { .kind = KIND_NONE };
	struct run run = { 0 };
	uint64_t *buf = buffer_new(SECTOR);
	int fd = device_open(dev, O_RDWR);
	size_t op;

	for (op = 0; op < sizeof(ops) / sizeof(ops[0]); op++)
		if (!strcmp(ops[op].name, what))
			break;
	if (op == sizeof(ops) / sizeof(ops[0]))
		die("unknown operation %s", what);
	for (uint64_t s = first; s < first + count; s++) {
		ssize_t done;

		stamp_make(buf, s, opt.gen);
		if (op < 2) {
			done = io_do(fd, op, buf, SECTOR, s * SECTOR);
			run_add(&run, s, none, done == SECTOR ? 0 : -done);
		} else {
			run_add(&run, s, none, range_do(fd, ops[op].cmd,
							s * SECTOR, SECTOR));
		}
	}
	run_print(&run);
	close(fd);
	free(buf);
	return 0;
}

static void sg_inquiry(int fd)
{
	unsigned char cdb[6] = { 0x12, 0, 0, 0, 96, 0 }, data[96] = { 0 }, sense[32];
	struct sg_io_hdr hdr = {
		.interface_id = 'S', .dxfer_direction = SG_DXFER_FROM_DEV,
		.cmd_len = sizeof(cdb), .cmdp = cdb, .dxferp = data,
		.dxfer_len = sizeof(data), .sbp = sense,
		.mx_sb_len = sizeof(sense), .timeout = 20000,
	};

	if (ioctl(fd, SG_IO, &hdr))
		printf("%s\n", err_name(errno));
	else
		printf("status %d \"%.8s\" \"%.16s\"\n", hdr.status, data + 8,
		       data + 16);
}

/* Every ioctl that answers with a number, and the size of that number. */
static const struct {
	const char *name;
	unsigned long cmd;
	int bytes;
} gets[] = {
	{ "BLKROGET", BLKROGET, 4 }, { "BLKSSZGET", BLKSSZGET, 4 },
	{ "BLKPBSZGET", BLKPBSZGET, 4 }, { "BLKIOMIN", BLKIOMIN, 4 },
	{ "BLKIOOPT", BLKIOOPT, 4 }, { "BLKALIGNOFF", BLKALIGNOFF, 4 },
	{ "BLKBSZGET", BLKBSZGET, 4 }, { "BLKGETSIZE64", BLKGETSIZE64, 8 },
	{ "BLKGETSIZE", BLKGETSIZE, sizeof(long) }, { "BLKRAGET", BLKRAGET, sizeof(long) },
	{ "BLKSECTGET", BLKSECTGET, 2 }, { "BLKROTATIONAL", BLKROTATIONAL, 2 },
	{ "BLKDISCARDZEROES", BLKDISCARDZEROES, 4 },
	{ "BLKGETZONESZ", BLKGETZONESZ, 4 }, { "BLKGETNRZONES", BLKGETNRZONES, 4 },
	{ "BLKGETDISKSEQ", BLKGETDISKSEQ, 8 },
	{ "SG_GET_VERSION_NUM", SG_GET_VERSION_NUM, 4 },
	{ "SG_EMULATED_HOST", SG_EMULATED_HOST, 4 },
	{ "SCSI_IOCTL_GET_IDLUN", 0x5382, 8 },
	{ "CDROM_GET_CAPABILITY", 0x5331, 4 }, { "UNKNOWN", 0xdead, 8 },
};

static void ioctl_get(int fd, const char *name)
{
	for (size_t i = 0; i < sizeof(gets) / sizeof(gets[0]); i++) {
		union { uint64_t u64; uint32_t u32; uint16_t u16; } v = { 0 };

		if (strcmp(gets[i].name, name))
			continue;
		if (ioctl(fd, gets[i].cmd, &v))
			printf("%s\n", err_name(errno));
		else
			printf("%" PRIu64 "\n", gets[i].bytes == 8 ? v.u64 :
			       gets[i].bytes == 4 ? v.u32 : v.u16);
		return;
	}
	die("unknown ioctl %s", name);
}

static int cmd_ioctl(const char *dev, const char *name, char **arg)
{
	static const struct { const char *name; unsigned long cmd; } ranges[] = {
		{ "BLKDISCARD", BLKDISCARD }, { "BLKSECDISCARD", BLKSECDISCARD },
		{ "BLKZEROOUT", BLKZEROOUT },
	};
	int fd, err, flag;

	opt.direct = false;
	fd = open(dev, O_RDWR);
	if (fd < 0)
		fd = device_open(dev, O_RDONLY);
	for (size_t i = 0; i < sizeof(ranges) / sizeof(ranges[0]); i++) {
		if (strcmp(ranges[i].name, name))
			continue;
		if (!arg[0] || !arg[1])
			die("%s needs START and LENGTH", name);
		err = range_do(fd, ranges[i].cmd, number(arg[0]), number(arg[1]));
		printf("%s\n", err ? err_name(err) : "ok");
		return 0;
	}
	if (!strcmp(name, "SG_IO")) {
		sg_inquiry(fd);
	} else if (!strcmp(name, "HDIO_GETGEO")) {
		struct hd_geometry geo = { 0 };

		if (ioctl(fd, HDIO_GETGEO, &geo))
			printf("%s\n", err_name(errno));
		else
			printf("%u %u %u %lu\n", geo.cylinders, geo.heads,
			       geo.sectors, geo.start);
	} else if (!strcmp(name, "BLKROSET")) {
		flag = arg[0] ? number(arg[0]) : 1;
		printf("%s\n", ioctl(fd, BLKROSET, &flag) ? err_name(errno) : "ok");
	} else if (!strcmp(name, "BLKFLSBUF") || !strcmp(name, "BLKRRPART")) {
		err = ioctl(fd, name[3] == 'F' ? BLKFLSBUF : BLKRRPART, 0);
		printf("%s\n", err ? err_name(errno) : "ok");
	} else if (!strcmp(name, "fsync")) {
		printf("%s\n", fsync(fd) ? err_name(errno) : "ok");
	} else {
		ioctl_get(fd, name);
	}
	close(fd);
	return 0;
}

/* A line each; a process each would take most of the time of a test. */
static int cmd_ioctls(const char *dev, char **names)
{
	char *none = NULL;

	for (; *names; names++) {
		printf("%s ", *names);
		cmd_ioctl(dev, *names, &none);
	}
	return 0;
}

static int mode_parse(const char *mode)
{
	int flags = O_RDONLY;

	if (strchr(mode, 'w'))
		flags = strchr(mode, 'r') ? O_RDWR : O_WRONLY;
	if (strchr(mode, 'x'))
		flags |= O_EXCL;
	return flags;
}

static int cmd_open(const char *dev, const char *mode, bool hold)
{
	int fd = open(dev, mode_parse(mode));
	char c;

	if (fd < 0) {
		printf("%s\n", err_name(errno));
		return hold;
	}
	printf("%s\n", hold ? "held" : "ok");
	fflush(stdout);
	while (hold && read(0, &c, 1) > 0)
		;
	close(fd);
	return 0;
}

int main(int argc, char **argv)
{
	const char *cmd = argc > 1 ? argv[1] : "";
	int (*ranged)(const char *dev, uint64_t first, uint64_t count) =
		!strcmp(cmd, "fill") ? cmd_fill :
		!strcmp(cmd, "check") ? cmd_check :
		!strcmp(cmd, "map") ? cmd_map : NULL;

	if (ranged && argc >= 5) {
		options_parse(argv + 5);
		return ranged(argv[2], number(argv[3]), number(argv[4]));
	}
	if (!strcmp(cmd, "layout") && argc >= 5) {
		opt.gen = number(argv[3]);
		return cmd_layout(argv[2], argv + 4);
	}
	if (!strcmp(cmd, "io") && argc >= 6) {
		options_parse(argv + 6);
		return cmd_io(argv[2], argv[3], number(argv[4]), number(argv[5]));
	}
	if (!strcmp(cmd, "errors") && argc >= 6) {
		options_parse(argv + 6);
		return cmd_errors(argv[2], number(argv[3]), number(argv[4]), argv[5]);
	}
	if (!strcmp(cmd, "ioctls") && argc >= 4)
		return cmd_ioctls(argv[2], argv + 3);
	if (!strcmp(cmd, "ioctl") && argc >= 4)
		return cmd_ioctl(argv[2], argv[3], argv + 4);
	if ((!strcmp(cmd, "open") || !strcmp(cmd, "hold")) && argc == 4)
		return cmd_open(argv[2], argv[3], *cmd == 'h');
	die("usage: see the head of dmio.c");
}
