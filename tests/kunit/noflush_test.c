// SPDX-License-Identifier: GPL-2.0
/* I/O that targets give back while a no-flush suspend is under way. */
#include "fixture.h"
#include "script.h"
#include "verbs.h"

static struct fx_io *submit(struct kunit *test, struct mapped_device *md, blk_opf_t opf,
			    sector_t sector, unsigned int sectors, u32 seed)
{
	return fx_submit(test, md->disk->part0, opf, sector, sectors, seed);
}

static int state(struct mapped_device *md)
{
	return dm_state_get(md);
}

static int requeue_end(struct script *s, struct bio *bio, blk_status_t *status)
{
	return DM_ENDIO_REQUEUE;
}

static int delay_requeue_end(struct script *s, struct bio *bio, blk_status_t *status)
{
	return DM_ENDIO_DELAY_REQUEUE;
}

/* A no-flush suspend takes back what a target gives back, and sends it again. */
static void noflush_pushes_back(struct kunit *test,
				int (*end_io)(struct script *s, struct bio *bio,
					      blk_status_t *status))
{
	struct ramdisk *a = fx_disk(test, 1024), *b = fx_disk(test, 1024);
	struct mapped_device *md = fx_live(test, "0 64 kunit 0 %s 0", a->name);
	struct fx_io *ios[3], *later;
	struct fx_job *job;
	unsigned int i;

	ram_set_mode(a, RAM_HOLD);
	for (i = 0; i < ARRAY_SIZE(ios); i++)
		ios[i] = submit(test, md, REQ_OP_WRITE, 8 * i, 8, 1);
	job = fx_suspend_start(test, md, true);
	later = submit(test, md, REQ_OP_WRITE, 24, 8, 1);
	script(0)->end_io = end_io;
	ram_release(a);
	KUNIT_EXPECT_EQ(test, fx_job_wait(test, job), 0);
	KUNIT_EXPECT_EQ(test, state(md), DM_STATE_SUSPENDED);
	for (i = 0; i < ARRAY_SIZE(ios); i++)
		KUNIT_EXPECT_FALSE(test, fx_is_done(ios[i]));
	/* they go to whatever table there is then */
	fx_activate(test, md, "0 64 kunit 1 %s 0", b->name);
	for (i = 0; i < ARRAY_SIZE(ios); i++)
		KUNIT_EXPECT_EQ(test, fx_wait(test, ios[i]), 0);
	KUNIT_EXPECT_EQ(test, fx_wait(test, later), 0);
	KUNIT_EXPECT_EQ(test, ram_came(b), 4);
	KUNIT_EXPECT_EQ(test, ram_holds(b, 0, 32, 1, 0), 32);
}

static void noflush_suspend_takes_io_back_from_end_io(struct kunit *test)
{
	noflush_pushes_back(test, requeue_end);
}

static void noflush_suspend_takes_delayed_io_back_from_end_io(struct kunit *test)
{
	noflush_pushes_back(test, delay_requeue_end);
}

/* Write one sector; return the error. */
static int write_job(struct fx_job *job)
{
	struct mapped_device *md = job->context;
	void *data = (void *)__get_free_page(GFP_KERNEL);
	struct bio_vec vec;
	struct bio bio;
	int r;

	if (!data)
		return -ENOMEM;
	ram_fill(data, 1, 1, 0);
	bio_init(&bio, md->disk->part0, &vec, 1, REQ_OP_WRITE);
	__bio_add_page(&bio, virt_to_page(data), SECTOR_SIZE, 0);
	r = submit_bio_wait(&bio);
	bio_uninit(&bio);
	free_page((unsigned long)data);
	return r;
}

static int requeue_map(struct script *s, struct bio *bio)
{
	return DM_MAPIO_REQUEUE;
}

/* The first time, wait inside map until a suspend waits for it, and give it back. */
static int wait_and_requeue_map(struct script *s, struct bio *bio)
{
	struct mapped_device *md = dm_table_get_md(s->ti->table);
	const int *answer = s->context;

	if (!answer)
		return script_remap(s, bio);
	s->context = NULL;
	return FX_WAIT(fx_is_draining(md)) ? *answer : DM_MAPIO_KILL;
}

static int suspend_job(struct fx_job *job)
{
	return dm_verb_suspend(job->context, false, true);
}

static void noflush_suspend_takes_io_back_from_map(struct kunit *test)
{
	static int answers[] = { DM_MAPIO_REQUEUE, DM_MAPIO_DELAY_REQUEUE };
	struct ramdisk *ram = fx_disk(test, 1024);
	struct mapped_device *md = fx_live(test, "0 64 kunit 0 %s 0", ram->name);
	struct fx_job *writer;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(answers); i++) {
		ram_forget(ram);
		atomic_set(&script(0)->maps, 0);
		script(0)->context = &answers[i];
		script(0)->map = wait_and_requeue_map;
		writer = fx_job_start(test, write_job, md);
		KUNIT_EXPECT_TRUE(test, FX_WAIT(atomic_read(&script(0)->maps) == 1));
		/* the map function sees it wait, and ends its wait: nobody else need see it */
		KUNIT_EXPECT_EQ(test, fx_job_wait(test, fx_job_start(test, suspend_job, md)), 0);
		KUNIT_EXPECT_FALSE(test, fx_job_is_done(writer));
		KUNIT_EXPECT_EQ(test, ram_came(ram), 0);
		KUNIT_EXPECT_EQ(test, fx_resume(md), 0);
		KUNIT_EXPECT_EQ(test, fx_job_wait(test, writer), 0);
		KUNIT_EXPECT_EQ(test, atomic_read(&script(0)->maps), 2);
		KUNIT_EXPECT_EQ(test, ram_came(ram), 1);
	}
	KUNIT_EXPECT_EQ(test, ram_holds(ram, 0, 1, 1, 0), 1);
}

/* Pushed back while nothing is suspended: there is nowhere to go. */
static void push_back_without_noflush_fails_the_io(struct kunit *test)
{
	struct ramdisk *ram = fx_disk(test, 1024);
	struct mapped_device *md = fx_live(test, "0 64 kunit 0 %s 0", ram->name);
	struct fx_job *job;
	struct fx_io *io;

	script(0)->end_io = requeue_end;
	KUNIT_EXPECT_EQ(test, fx_io(test, md, REQ_OP_WRITE, 0, 8, 1), -EIO);
	script(0)->end_io = NULL;
	script(0)->map = requeue_map;
	KUNIT_EXPECT_EQ(test, fx_io(test, md, REQ_OP_WRITE, 0, 8, 1), -EIO);
	script(0)->map = NULL;
	/* nor does a suspend that flushes take it back */
	ram_set_mode(ram, RAM_HOLD);
	io = submit(test, md, REQ_OP_WRITE, 0, 8, 1);
	job = fx_suspend_start(test, md, false);
	script(0)->end_io = requeue_end;
	ram_release(ram);
	KUNIT_EXPECT_EQ(test, fx_job_wait(test, job), 0);
	KUNIT_EXPECT_EQ(test, fx_wait(test, io), -EIO);
	script(0)->end_io = NULL;
	ram_set_mode(ram, RAM_NOW);
	KUNIT_EXPECT_EQ(test, fx_resume(md), 0);
}

/* Part of a bio that was cut is pushed back; the other part had ended. */
static void noflush_suspend_takes_a_part_back(struct kunit *test)
{
	struct ramdisk *a = fx_disk(test, 1024), *b = fx_disk(test, 1024);
	struct mapped_device *md = fx_live(test, "0 8 linear %s 0\n8 8 kunit 0 %s 8", a->name,
					   b->name);
	struct fx_job *job;
	struct fx_io *io;

	ram_set_mode(b, RAM_HOLD);
	io = submit(test, md, REQ_OP_WRITE, 0, 16, 1);
	KUNIT_ASSERT_TRUE(test, FX_WAIT(ram_held(b) == 1));
	job = fx_suspend_start(test, md, true);
	script(0)->end_io = requeue_end;
	ram_release(b);
	KUNIT_EXPECT_EQ(test, fx_job_wait(test, job), 0);
	KUNIT_EXPECT_FALSE(test, fx_is_done(io));
	script(0)->end_io = NULL;
	ram_set_mode(b, RAM_NOW);
	KUNIT_EXPECT_EQ(test, fx_resume(md), 0);
	KUNIT_EXPECT_EQ(test, fx_wait(test, io), 0);
	KUNIT_EXPECT_EQ(test, ram_came(a), 1);
	KUNIT_EXPECT_EQ(test, ram_came(b), 2);
	KUNIT_EXPECT_EQ(test, ram_holds(a, 0, 8, 1, 0), 8);
	KUNIT_EXPECT_EQ(test, ram_holds(b, 8, 8, 1, 8), 8);
}

static struct kunit_case noflush_cases[] = {
	KUNIT_CASE(noflush_suspend_takes_io_back_from_end_io),
	KUNIT_CASE(noflush_suspend_takes_delayed_io_back_from_end_io),
	KUNIT_CASE(noflush_suspend_takes_io_back_from_map),
	KUNIT_CASE(push_back_without_noflush_fails_the_io),
	KUNIT_CASE(noflush_suspend_takes_a_part_back),
	{ }
};

static struct kunit_suite noflush_suite = {
	.name = "dm_noflush",
	.suite_init = fx_suite_start,
	.suite_exit = fx_suite_stop,
	.init = fx_init,
	.exit = fx_exit,
	.test_cases = noflush_cases,
};

kunit_test_suite(noflush_suite);
