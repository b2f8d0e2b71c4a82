// SPDX-License-Identifier: GPL-2.0
/* See fixture.h. */
#include <linux/gfp.h>
#include <linux/kthread.h>
#include <linux/slab.h>

#include "fixture.h"
#include "hook.h"
#include "script.h"
#include "table.h"
#include "target.h"
#include "verbs.h"

#define MAX_DISKS 8
#define MAX_DEVICES 64

/* What the test that runs has made; one runs at a time. */
static struct {
	struct ramdisk *disks[MAX_DISKS];
	unsigned int disk_count;
	struct mapped_device *devices[MAX_DEVICES];
	unsigned int device_count;
	struct list_head ios;
} fx = { .ios = LIST_HEAD_INIT(fx.ios) };

static unsigned int names;	/* how many devices got a name */
static bool parts_started;

static int parts_start(void)
{
	int r;

	/* the module's init function has run where there is a number */
	if (dm_major)
		return 0;
	r = dm_hooks_start();
	if (r)
		return r;
	r = dm_disk_start();
	if (r)
		goto bad_disk;
	r = dm_verbs_start();
	if (r)
		goto bad_verbs;
	r = dm_builtin_start();
	if (r)
		goto bad_builtin;
	parts_started = true;
	return 0;

bad_builtin:
	dm_verbs_stop();
bad_verbs:
	dm_disk_stop();
	dm_major = 0;
bad_disk:
	dm_hooks_stop();
	return r;
}

static void parts_stop(void)
{
	if (!parts_started)
		return;
	/* first: waits for removals that the last test left to the worker */
	dm_verbs_stop();
	dm_builtin_stop();
	dm_disk_stop();
	dm_major = 0;
	dm_hooks_stop();
	parts_started = false;
}

int fx_suite_start(struct kunit_suite *suite)
{
	int r = parts_start();

	if (r)
		return r;
	r = ram_start();
	if (r)
		goto bad_ram;
	r = script_start();
	if (r)
		goto bad_script;
	script_reset();
	return 0;

bad_script:
	ram_stop();
bad_ram:
	parts_stop();
	return r;
}

void fx_suite_stop(struct kunit_suite *suite)
{
	script_stop();
	ram_stop();
	parts_stop();
	/* devices are freed from RCU callbacks */
	rcu_barrier();
}

int fx_init(struct kunit *test)
{
	script_reset();
	return 0;
}

static void io_free(struct fx_io *io)
{
	bio_uninit(&io->bio);
	if (io->data)
		free_pages_exact(io->data, io->sectors << SECTOR_SHIFT);
	kfree(io);
}

static void device_end(struct kunit *test, struct mapped_device *md)
{
	bool uevent;
	int r;

	/* a test that was aborted may have left it held */
	while (READ_ONCE(md->hold_count))
		dm_internal_resume(md);
	r = dm_verb_remove(md, false, 0, &uevent);
	if (r != -ENXIO)
		KUNIT_EXPECT_EQ_MSG(test, r, 0, "removal at the end of the test");
	dm_device_put(md);
}

void fx_exit(struct kunit *test)
{
	struct fx_io *io, *next;
	struct bio *bio;
	unsigned int i;

	for (i = 0; i < SCRIPTS; i++) {
		script(i)->map = NULL;
		while ((bio = script_kept(script(i))))
			bio_io_error(bio);
	}
	for (i = 0; i < fx.disk_count; i++) {
		ram_set_mode(fx.disks[i], RAM_NOW);
		ram_release(fx.disks[i]);
	}
	/* the newest first: it may lie on an older one */
	while (fx.device_count)
		device_end(test, fx.devices[--fx.device_count]);
	list_for_each_entry_safe(io, next, &fx.ios, list) {
		list_del(&io->list);
		if (!wait_for_completion_timeout(&io->done, FX_LIMIT * HZ)) {
			KUNIT_FAIL(test, "I/O did not end with its device");
			continue;
		}
		io_free(io);
	}
	while (fx.disk_count)
		ram_destroy(fx.disks[--fx.disk_count]);
	for (i = 0; i < SCRIPTS; i++)
		KUNIT_EXPECT_EQ(test, atomic_read(&script(i)->ctrs),
				atomic_read(&script(i)->dtrs));
}

struct ramdisk *fx_disk_like(struct kunit *test, const struct ram_options *options)
{
	struct ramdisk *ram;

	KUNIT_ASSERT_LT(test, fx.disk_count, MAX_DISKS);
	ram = ram_create(options);
	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, ram);
	fx.disks[fx.disk_count++] = ram;
	return ram;
}

struct ramdisk *fx_disk(struct kunit *test, sector_t sectors)
{
	const struct ram_options options = {
		.sectors = sectors,
		.features = DM_FEAT_WRITE_CACHE | DM_FEAT_FUA | DM_FEAT_NOWAIT,
	};

	return fx_disk_like(test, &options);
}

struct mapped_device *fx_device(struct kunit *test)
{
	struct mapped_device *md = NULL;
	char name[16];

	KUNIT_ASSERT_LT(test, fx.device_count, MAX_DEVICES);
	snprintf(name, sizeof(name), "kunit%u", names++);
	KUNIT_ASSERT_EQ(test, dm_verb_create(name, NULL, DM_ANY_MINOR, &md), 0);
	fx.devices[fx.device_count++] = md;
	return md;
}

void fx_remove(struct kunit *test, struct mapped_device *md)
{
	bool uevent;

	KUNIT_ASSERT_EQ(test, dm_verb_remove(md, false, 0, &uevent), 0);
}

/* One line of a table. */
static int line_add(struct dm_table *t, char *line)
{
	unsigned long long start, len;
	char type[DM_MAX_TYPE_NAME];
	int params = 0;

	if (sscanf(line, "%llu %llu %15s %n", &start, &len, type, &params) != 3)
		return -EBADMSG;
	return dm_table_add_target(t, type, start, len, line + params);
}

static int table_parse(struct mapped_device *md, blk_mode_t mode, struct dm_table **result,
		       char *text)
{
	unsigned int lines = 1;
	struct dm_table *t;
	char *line, *at;
	int r;

	for (at = text; *at; at++)
		lines += *at == '\n';
	r = dm_table_create(&t, mode, lines, md);
	if (r)
		return r;
	while (!r && (line = strsep(&text, "\n")))
		r = line_add(t, line);
	if (!r)
		r = dm_table_complete(t);
	if (r)
		dm_table_destroy(t);
	else
		*result = t;
	return r;
}

int fx_table(struct kunit *test, struct mapped_device *md, blk_mode_t mode,
	     struct dm_table **result, const char *format, ...)
{
	va_list args;
	char *text;
	int r;

	va_start(args, format);
	text = kvasprintf(GFP_KERNEL, format, args);
	va_end(args);
	if (!text)
		return -ENOMEM;
	r = table_parse(md, mode, result, text);
	kfree(text);
	return r;
}

__printf(2, 0)
static int load(struct mapped_device *md, const char *format, va_list args)
{
	char *text = kvasprintf(GFP_KERNEL, format, args);
	struct dm_table *t;
	int r;

	if (!text)
		return -ENOMEM;
	r = table_parse(md, BLK_OPEN_READ | BLK_OPEN_WRITE, &t, text);
	kfree(text);
	if (r)
		return r;
	r = dm_verb_stage(md, t);
	if (r)
		dm_table_destroy(t);
	return r;
}

int fx_load(struct kunit *test, struct mapped_device *md, const char *format, ...)
{
	va_list args;
	int r;

	va_start(args, format);
	r = load(md, format, args);
	va_end(args);
	return r;
}

int fx_resume(struct mapped_device *md)
{
	bool uevent;

	return dm_verb_resume(md, true, false, 0, &uevent);
}

void fx_activate(struct kunit *test, struct mapped_device *md, const char *format, ...)
{
	va_list args;
	int r;

	va_start(args, format);
	r = load(md, format, args);
	va_end(args);
	KUNIT_ASSERT_EQ(test, r, 0);
	KUNIT_ASSERT_EQ(test, fx_resume(md), 0);
}

struct mapped_device *fx_live(struct kunit *test, const char *format, ...)
{
	struct mapped_device *md = fx_device(test);
	va_list args;
	int r;

	va_start(args, format);
	r = load(md, format, args);
	va_end(args);
	KUNIT_ASSERT_EQ(test, r, 0);
	KUNIT_ASSERT_EQ(test, fx_resume(md), 0);
	return md;
}

struct dm_table *fx_active(struct mapped_device *md)
{
	return rcu_dereference_protected(md->active, true);
}

static void io_end(struct bio *bio)
{
	struct fx_io *io = bio->bi_private;

	io->error = blk_status_to_errno(bio->bi_status);
	atomic_inc(&io->ends);
	complete_all(&io->done);
}

struct fx_io *fx_submit(struct kunit *test, struct block_device *bdev, blk_opf_t opf,
			sector_t sector, unsigned int sectors, u32 seed)
{
	struct fx_io *io = kzalloc(sizeof(*io), GFP_KERNEL);
	const blk_opf_t op = opf & REQ_OP_MASK;
	unsigned int bytes = sectors << SECTOR_SHIFT;
	bool data = sectors && (op == REQ_OP_READ || op == REQ_OP_WRITE);

	KUNIT_ASSERT_NOT_NULL(test, io);
	init_completion(&io->done);
	io->sector = sector;
	io->sectors = sectors;
	if (data) {
		io->data = alloc_pages_exact(bytes, GFP_KERNEL);
		if (!io->data)
			kfree(io);
		KUNIT_ASSERT_NOT_NULL(test, io->data);
		if (op == REQ_OP_WRITE)
			ram_fill(io->data, sectors, seed, sector);
		else
			memset(io->data, 0xa5, bytes);
	}
	bio_init(&io->bio, bdev, &io->vec, 1, opf);
	io->bio.bi_iter.bi_sector = sector;
	io->bio.bi_end_io = io_end;
	io->bio.bi_private = io;
	if (data)
		__bio_add_page(&io->bio, virt_to_page(io->data), bytes, 0);
	else
		io->bio.bi_iter.bi_size = bytes;
	list_add_tail(&io->list, &fx.ios);
	submit_bio(&io->bio);
	return io;
}

bool fx_is_done(struct fx_io *io)
{
	return completion_done(&io->done);
}

int fx_wait(struct kunit *test, struct fx_io *io)
{
	KUNIT_ASSERT_TRUE_MSG(test, wait_for_completion_timeout(&io->done, FX_LIMIT * HZ) != 0,
			      "I/O to sector %llu did not end", (unsigned long long)io->sector);
	KUNIT_EXPECT_EQ(test, atomic_read(&io->ends), 1);
	return io->error;
}

int fx_io(struct kunit *test, struct mapped_device *md, blk_opf_t opf, sector_t sector,
	  unsigned int sectors, u32 seed)
{
	return fx_wait(test, fx_submit(test, md->disk->part0, opf, sector, sectors, seed));
}

int fx_read(struct kunit *test, struct mapped_device *md, sector_t sector,
	    unsigned int sectors, u32 seed)
{
	struct fx_io *io = fx_submit(test, md->disk->part0, REQ_OP_READ, sector, sectors, 0);
	int r = fx_wait(test, io);

	return r ?: (int)ram_match(io->data, sectors, seed, sector);
}

static int job_thread(void *data)
{
	struct fx_job *job = data;

	job->r = job->fn(job);
	kthread_complete_and_exit(&job->done, 0);
}

struct fx_job *fx_job_start_on(struct kunit *test, int cpu, int (*fn)(struct fx_job *job),
			       void *context)
{
	struct fx_job *job = kunit_kzalloc(test, sizeof(*job), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, job);
	init_completion(&job->done);
	job->fn = fn;
	job->context = context;
	job->task = kthread_create(job_thread, job, "dm-kunit");
	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, job->task);
	get_task_struct(job->task);
	if (cpu >= 0)
		kthread_bind(job->task, cpu);
	wake_up_process(job->task);
	return job;
}

struct fx_job *fx_job_start(struct kunit *test, int (*fn)(struct fx_job *job), void *context)
{
	return fx_job_start_on(test, -1, fn, context);
}

bool fx_job_is_done(struct fx_job *job)
{
	return completion_done(&job->done);
}

int fx_job_wait(struct kunit *test, struct fx_job *job)
{
	if (!wait_for_completion_timeout(&job->done, FX_LIMIT * HZ)) {
		KUNIT_FAIL(test, "a thread of the test did not end");
		return -ETIMEDOUT;
	}
	put_task_struct(job->task);
	return job->r;
}

bool fx_is_draining(struct mapped_device *md)
{
	/* asked again and again, so no barrier pairs with it */
	return READ_ONCE(md->inflight.draining) && waitqueue_active(&md->inflight.wait);
}

static int suspend_job(struct fx_job *job)
{
	return dm_verb_suspend(job->context, true, false);
}

static int suspend_noflush_job(struct fx_job *job)
{
	return dm_verb_suspend(job->context, false, true);
}

struct fx_job *fx_suspend_start(struct kunit *test, struct mapped_device *md, bool noflush)
{
	struct fx_job *job;

	job = fx_job_start(test, noflush ? suspend_noflush_job : suspend_job, md);
	KUNIT_EXPECT_TRUE(test, FX_WAIT(fx_is_draining(md)));
	return job;
}
