/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the suites share: the module's parts running, devices, tables, disks and
 * I/O that go away with the test, whatever becomes of it; and threads.
 *
 * A suite that uses devices names fx_suite_start(), fx_suite_stop(), fx_init()
 * and fx_exit() in its struct kunit_suite. All functions that take a test
 * abort it where they cannot do their job, unless they return an error.
 */
#ifndef DM_KUNIT_FIXTURE_H
#define DM_KUNIT_FIXTURE_H

#include <linux/bio.h>
#include <linux/completion.h>
#include <linux/delay.h>
#include <linux/device-mapper.h>
#include <linux/list.h>

#include "compat/bdev.h"
#include "device.h"
#include "kunit.h"
#include "ramdisk.h"

struct kunit_suite;

/* What an emulated, loaded machine needs at the very most, in seconds. */
#define FX_LIMIT 60

/* Wait until a condition holds. The value is whether it did within the limit. */
#define FX_WAIT(condition) \
({ \
	unsigned long __end = jiffies + FX_LIMIT * HZ; \
	bool __met; \
	\
	while (!(__met = (condition)) && time_before(jiffies, __end)) \
		usleep_range(100, 1000); \
	__met; \
})

/*
 * On Linux 6.1 the suites of a module run before its init function, so they
 * start the parts that they need themselves.
 */
int fx_suite_start(struct kunit_suite *suite);
void fx_suite_stop(struct kunit_suite *suite);
int fx_init(struct kunit *test);
void fx_exit(struct kunit *test);

/** fx_disk() - a disk in RAM of so many sectors with ordinary limits */
struct ramdisk *fx_disk(struct kunit *test, sector_t sectors);
/** fx_disk_like() - a disk in RAM with the given properties */
struct ramdisk *fx_disk_like(struct kunit *test, const struct ram_options *options);

/** fx_device() - a new device with a name of its own and no table */
struct mapped_device *fx_device(struct kunit *test);
/** fx_remove() - remove it before the end of the test; the reference stays */
void fx_remove(struct kunit *test, struct mapped_device *md);

/**
 * fx_table() - build a table from lines of "START LENGTH TYPE PARAMETERS"
 *
 * Return: what building it returned; the caller owns @result.
 */
__printf(5, 6)
int fx_table(struct kunit *test, struct mapped_device *md, blk_mode_t mode,
	     struct dm_table **result, const char *format, ...);
/** fx_load() - build a table and put it into the inactive slot; Return: 0 or errno */
__printf(3, 4)
int fx_load(struct kunit *test, struct mapped_device *md, const char *format, ...);
/** fx_resume() - resume, swapping in what is loaded; Return: 0 or errno */
int fx_resume(struct mapped_device *md);
/** fx_activate() - load and resume; nothing may fail */
__printf(3, 4)
void fx_activate(struct kunit *test, struct mapped_device *md, const char *format, ...);
/** fx_live() - a new device with a table that is active */
__printf(2, 3)
struct mapped_device *fx_live(struct kunit *test, const char *format, ...);
/** fx_active() - the active table of a device that nobody else changes */
struct dm_table *fx_active(struct mapped_device *md);

/**
 * struct fx_io - a bio on its way, and its memory
 * @bio: the bio
 * @data: its data, @sectors of them, physically contiguous
 * @done: completed when the bio has ended
 * @error: 0 or errno, once it has
 * @ends: how often it ended
 */
struct fx_io {
	struct list_head list;
	struct bio bio;
	struct bio_vec vec;
	void *data;
	sector_t sector;
	unsigned int sectors;
	struct completion done;
	int error;
	atomic_t ends;
};

/**
 * fx_submit() - submit a bio and do not wait
 * @sector: first sector
 * @sectors: how many; they get a pattern made of @seed where data are written
 */
struct fx_io *fx_submit(struct kunit *test, struct block_device *bdev, blk_opf_t opf,
			sector_t sector, unsigned int sectors, u32 seed);
/** fx_wait() - wait for it; Return: 0 or errno */
int fx_wait(struct kunit *test, struct fx_io *io);
/** fx_is_done() - has it ended? */
bool fx_is_done(struct fx_io *io);
/** fx_io() - submit and wait; Return: 0 or errno */
int fx_io(struct kunit *test, struct mapped_device *md, blk_opf_t opf, sector_t sector,
	  unsigned int sectors, u32 seed);
/** fx_read() - read; Return: errno, or how many leading sectors hold the pattern */
int fx_read(struct kunit *test, struct mapped_device *md, sector_t sector,
	    unsigned int sectors, u32 seed);

/**
 * struct fx_job - a thread of a test
 * @context: the test's
 * @task: valid until fx_job_wait() returned
 */
struct fx_job {
	int (*fn)(struct fx_job *job);
	void *context;
	struct task_struct *task;
	struct completion done;
	int r;
};

struct fx_job *fx_job_start(struct kunit *test, int (*fn)(struct fx_job *job), void *context);
struct fx_job *fx_job_start_on(struct kunit *test, int cpu, int (*fn)(struct fx_job *job),
			       void *context);
bool fx_job_is_done(struct fx_job *job);
/** fx_job_wait() - Return: what its function returned; the test fails on a time-out */
int fx_job_wait(struct kunit *test, struct fx_job *job);

/** fx_is_draining() - does somebody wait for the I/O that is under way? */
bool fx_is_draining(struct mapped_device *md);
/** fx_suspend_start() - suspend in a thread, and wait until it waits for I/O */
struct fx_job *fx_suspend_start(struct kunit *test, struct mapped_device *md, bool noflush);

#endif
