/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The oracle plays a seeded sequence of device-mapper calls against whatever
 * device-mapper core is loaded and writes all that can be seen of it into a
 * textual log. Two cores that are alike write the same log.
 */
#ifndef ORACLE_H
#define ORACLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>
#include <linux/dm-ioctl.h>

#define ARRAY_SIZE(a)	(sizeof(a) / sizeof((a)[0]))

/* rng.c: every call has a stream of its own, so that no draw shifts another. */
void rng_start(uint64_t seed, uint64_t call);
uint64_t rng_next(void);
uint64_t rng_below(uint64_t n);
bool rng_chance(unsigned int percent);
uint64_t hash_bytes(const void *data, size_t len, uint64_t start);

/* log.c: one record a call, flushed before anything that may crash or hang. */
void log_open(const char *path);
void log_add(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
void log_text(const char *text);
void log_flush(void);
void log_quote(const char *s, size_t max);
const char *err_name(int err);
void die(const char *fmt, ...) __attribute__((noreturn, format(printf, 1, 2)));

/* text.c: a string that grows, for results written on another thread. */
struct text {
	char *s;
	size_t len, size;
};

void text_add(struct text *t, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));
void text_quote(struct text *t, const char *s, size_t max);
void text_reset(struct text *t);

/* arena.c: the memory that ioctl buffers live in, shared with the twins. */
#define ARENA_SIZE	(1u << 20)
#define CANARY_LEN	256
#define CANARY_BYTE	0xa5

enum via {
	VIA_FIRST,	/* this program, first control file */
	VIA_SECOND,	/* this program, second control file */
	VIA_32,		/* a 32-bit program */
	VIA_NOBODY,	/* a program without privileges, its file opened by root */
	VIA_COUNT
};

void arena_init(const char *self32);
char *arena_base(void);
void arena_open_control(void);
void arena_close_control(void);
int arena_control_fd(enum via via);
int arena_ioctl(enum via via, unsigned long request, size_t offset, int *err);
int twin_main(int argc, char **argv);

/* ctl.c: one call of the control device. */
struct ctl {
	unsigned int nr;
	unsigned long request;
	enum via via;
	struct dm_ioctl *h;
	size_t offset;		/* of @h in the arena */
	size_t room;		/* bytes that exist at @h */
	size_t used;		/* bytes of @h filled by the caller */
	unsigned char fill;
	bool async;		/* leave it to a worker and do not wait for its end */
	int ret, err;
	struct text args;	/* what the log says of the arguments beyond the header */
};

void field_copy(char *to, const char *from, size_t size);
struct ctl *ctl_new(unsigned int nr, size_t data_size);
void ctl_edge(struct ctl *c);
void ctl_name(struct ctl *c, const char *name);
void ctl_uuid(struct ctl *c, const char *uuid);
void ctl_string(struct ctl *c, const char *s);
void ctl_target(struct ctl *c, uint64_t start, uint64_t len, const char *type,
		const char *params);
void ctl_message(struct ctl *c, uint64_t sector, const char *message);
void ctl_run(struct ctl *c);
const char *ctl_verb(unsigned int nr);
int ctl_verb_nr(const char *verb);

/* quiet.c: calls without a trace in the log. */
int quiet_status(const char *name, const char *uuid, uint64_t dev,
		 struct dm_ioctl *reply);
void quiet_drop_table(uint64_t dev);
int quiet_resume(uint64_t dev);
int quiet_remove_all(void);
int quiet_list(char *buf, size_t len);
uint64_t quiet_suspended(void);
void quiet_resume_all(void);
bool quiet_none_left(void);
void cleared_note(uint64_t dev, bool now);
bool cleared_is(const char *name);
void deferred_expect(void);
void deferred_settle(void);
int dm_major(void);

/* worker.c: calls that may block are made on threads. */
#define WORKERS	5
#define WAITERS	2

enum job_kind { JOB_NONE, JOB_IO, JOB_WAIT };

struct job {
	enum job_kind kind;
	void (*run)(struct job *job);
	void (*report)(struct job *job);	/* to @result, once it is done */
	unsigned long call;	/* its number */
	int fd, flags;
	int opened;		/* by the job, closed with the report */
	unsigned int op;
	uint64_t off, len, seed;
	void *ptr;
	char path[64];
	long ret;
	int err;
	struct text result;
};

void workers_init(void);
struct job *worker_get(enum job_kind kind);
void worker_start(struct job *job);
void worker_finish(struct job *job);	/* wait; done or seen to block */
void workers_settle(bool disturbed);
bool workers_blocked_io(void);
bool workers_waiting(void);
void workers_signal(void);
void workers_rescue(void);

/* watch.c: what the kernel says beside the result of the call. */
void watch_init(void);
void watch_report(void);
void watch_drop(void);
bool watch_bad(void);
void dir_report(const char *path, const char *shown);
void sysfs_report(const char *disk);
void sysfs_set(const char *disk, const char *attr, const char *value);

/* disks.c: the disks below. */
struct disk {
	char path[64];
	char name[32];
	unsigned int major, minor;
	uint64_t sectors;
	unsigned int lbs, max_sectors_kb;
};

extern struct disk disks[];
extern unsigned int disk_count;
void disks_init(const char *list);
void disks_restore(void);
void disks_fill(uint64_t seed);
void disk_hash(unsigned int i);

/* play.c, probe.c, compare.c: the three things the program does. */
void play_seed(uint64_t seed, unsigned long calls);
int probe_main(int argc, char **argv);
int compare_main(int argc, char **argv);

/* model.c and the generators */
#define MDEVS		8
#define SLOTS		6

struct mdev {
	bool used;
	int minor;
	int name, uuid;		/* indices into the pools, uuid -1: none */
	uint64_t live, inactive;	/* sectors, 0: no table */
	bool suspended, deferred;
	unsigned int holds;
};

struct slot {
	int fd;
	int minor;
	int flags;
	bool busy;
};

extern struct mdev model[MDEVS];
extern struct slot slots[SLOTS];
extern const char *const good_names[], *const good_uuids[];
void model_reset(void);
struct mdev *model_pick(void);
struct mdev *model_pick_live(void);
struct mdev *model_by_minor(int minor);
unsigned long play_call(void);

void gen_control(void);
void gen_table(struct ctl *c, struct mdev *m);
void gen_params(char *buf, size_t len, struct mdev *m, const char *type,
		uint64_t sectors);
void gen_message(struct ctl *c, struct mdev *m);
void gen_io(void);
void gen_blkioctl(void);
void gen_hold(void);
void gen_release(void);
void gen_sysfs(void);
void gen_poll(void);
void gen_disk(void);
void gen_misc(void);
void io_cleanup(void);

#endif
