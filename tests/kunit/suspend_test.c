// SPDX-License-Identifier: GPL-2.0
/* Stopping I/O and letting it go on: drain, deferral, push-back, internal suspends. */
#include <linux/kthread.h>
#include <linux/sched/signal.h>

#include "fixture.h"
#include "script.h"
#include "table.h"
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

static void suspend_waits_for_io_under_way(struct kunit *test)
{
	struct ramdisk *ram = fx_disk(test, 1024);
	struct mapped_device *md = fx_live(test, "0 64 linear %s 0", ram->name);
	struct fx_io *ios[4];
	struct fx_job *job;
	unsigned int i;

	ram_set_mode(ram, RAM_HOLD);
	for (i = 0; i < ARRAY_SIZE(ios); i++)
		ios[i] = submit(test, md, REQ_OP_WRITE, 8 * i, 8, 1);
	KUNIT_ASSERT_EQ(test, ram_held(ram), 4);
	job = fx_suspend_start(test, md, false);
	KUNIT_EXPECT_EQ(test, state(md), DM_STATE_SUSPENDING);
	KUNIT_EXPECT_FALSE(test, fx_job_is_done(job));
	KUNIT_EXPECT_EQ(test, dm_inflight_sum(&md->inflight), 4UL);
	ram_release(ram);
	KUNIT_EXPECT_EQ(test, fx_job_wait(test, job), 0);
	KUNIT_EXPECT_EQ(test, state(md), DM_STATE_SUSPENDED);
	for (i = 0; i < ARRAY_SIZE(ios); i++)
		KUNIT_EXPECT_TRUE(test, fx_is_done(ios[i]));
	KUNIT_EXPECT_EQ(test, fx_resume(md), 0);
}

/* What comes while it waits, and after, reaches no disk before the resume. */
static void suspended_device_defers_io(struct kunit *test)
{
	struct ramdisk *ram = fx_disk(test, 1024);
	struct mapped_device *md = fx_live(test, "0 64 linear %s 0", ram->name);
	struct fx_io *first, *during, *after, *flush, *discard;
	struct fx_job *job;

	ram_set_mode(ram, RAM_HOLD);
	first = submit(test, md, REQ_OP_WRITE, 0, 8, 1);
	job = fx_suspend_start(test, md, false);
	during = submit(test, md, REQ_OP_WRITE, 8, 8, 1);
	KUNIT_EXPECT_EQ(test, ram_came(ram), 1);
	ram_set_mode(ram, RAM_NOW);
	ram_release(ram);
	KUNIT_EXPECT_EQ(test, fx_job_wait(test, job), 0);
	KUNIT_EXPECT_EQ(test, fx_wait(test, first), 0);
	after = submit(test, md, REQ_OP_READ, 0, 8, 1);
	flush = submit(test, md, REQ_OP_WRITE | REQ_PREFLUSH, 16, 8, 1);
	discard = submit(test, md, REQ_OP_DISCARD, 24, 8, 0);
	flush_workqueue(md->wq);
	KUNIT_EXPECT_EQ(test, ram_came(ram), 1);
	KUNIT_EXPECT_FALSE(test, fx_is_done(during));
	KUNIT_EXPECT_FALSE(test, fx_is_done(after));
	KUNIT_EXPECT_FALSE(test, fx_is_done(flush));
	KUNIT_EXPECT_FALSE(test, fx_is_done(discard));
	KUNIT_EXPECT_EQ(test, fx_resume(md), 0);
	KUNIT_EXPECT_EQ(test, fx_wait(test, during), 0);
	KUNIT_EXPECT_EQ(test, fx_wait(test, after), 0);
	KUNIT_EXPECT_EQ(test, fx_wait(test, flush), 0);
	KUNIT_EXPECT_EQ(test, fx_wait(test, discard), 0);
	KUNIT_EXPECT_EQ(test, ram_match(after->data, 8, 1, 0), 8);
	KUNIT_EXPECT_EQ(test, ram_holds(ram, 8, 16, 1, 8), 16);
}

static void deferred_io_goes_on_in_order(struct kunit *test)
{
	struct ramdisk *ram = fx_disk(test, 1024);
	struct mapped_device *md = fx_live(test, "0 640 linear %s 0", ram->name);
	unsigned int i, wrong = 0;
	struct fx_io *ios[64];

	KUNIT_ASSERT_EQ(test, dm_verb_suspend(md, true, false), 0);
	for (i = 0; i < ARRAY_SIZE(ios); i++)
		ios[i] = submit(test, md, REQ_OP_WRITE, 8 * i, 8, 1);
	KUNIT_EXPECT_EQ(test, fx_resume(md), 0);
	for (i = 0; i < ARRAY_SIZE(ios); i++)
		KUNIT_EXPECT_EQ(test, fx_wait(test, ios[i]), 0);
	KUNIT_ASSERT_EQ(test, ram_came(ram), 64);
	for (i = 0; i < ARRAY_SIZE(ios); i++)
		wrong += ram->seen[i].sector != 8 * i;
	KUNIT_EXPECT_EQ(test, wrong, 0);
}

/* REQ_NOWAIT would have to wait, REQ_RAHEAD is not worth it. */
static void suspended_device_refuses_what_may_not_wait(struct kunit *test)
{
	struct ramdisk *ram = fx_disk(test, 1024);
	struct mapped_device *md = fx_live(test, "0 64 linear %s 0", ram->name);
	struct fx_job *job;

	KUNIT_ASSERT_EQ(test, dm_verb_suspend(md, true, false), 0);
	KUNIT_EXPECT_EQ(test, fx_io(test, md, REQ_OP_READ | REQ_NOWAIT, 0, 8, 0), -EAGAIN);
	KUNIT_EXPECT_EQ(test, fx_io(test, md, REQ_OP_WRITE | REQ_NOWAIT, 0, 8, 0), -EAGAIN);
	KUNIT_EXPECT_EQ(test, fx_io(test, md, REQ_OP_READ | REQ_RAHEAD, 0, 8, 0), -EIO);
	KUNIT_EXPECT_EQ(test, fx_resume(md), 0);
	/* the same while a suspend waits */
	ram_set_mode(ram, RAM_HOLD);
	submit(test, md, REQ_OP_WRITE, 0, 8, 1);
	job = fx_suspend_start(test, md, false);
	KUNIT_EXPECT_EQ(test, fx_io(test, md, REQ_OP_READ | REQ_NOWAIT, 0, 8, 0), -EAGAIN);
	ram_set_mode(ram, RAM_NOW);
	ram_release(ram);
	KUNIT_EXPECT_EQ(test, fx_job_wait(test, job), 0);
	KUNIT_EXPECT_EQ(test, fx_resume(md), 0);
	KUNIT_EXPECT_EQ(test, fx_io(test, md, REQ_OP_READ | REQ_NOWAIT, 0, 8, 0), 0);
}

static int suspend_signal_job(struct fx_job *job)
{
	allow_signal(SIGTERM);
	return dm_verb_suspend(job->context, true, false);
}

/* A signal ends the wait, and the device is as it was. */
static void suspend_is_given_up_on_a_signal(struct kunit *test)
{
	struct ramdisk *ram = fx_disk(test, 1024);
	struct mapped_device *md = fx_live(test, "0 64 kunit 0 %s 0", ram->name);
	struct fx_io *first, *second;
	struct fx_job *job;

	ram_set_mode(ram, RAM_HOLD);
	first = submit(test, md, REQ_OP_WRITE, 0, 8, 1);
	job = fx_job_start(test, suspend_signal_job, md);
	KUNIT_EXPECT_TRUE(test, FX_WAIT(READ_ONCE(md->inflight.draining)));
	second = submit(test, md, REQ_OP_WRITE, 8, 8, 1);
	KUNIT_EXPECT_TRUE(test, FX_WAIT(READ_ONCE(md->gate)));
	send_sig(SIGTERM, job->task, 1);
	KUNIT_EXPECT_EQ(test, fx_job_wait(test, job), -EINTR);
	KUNIT_EXPECT_EQ(test, state(md), DM_STATE_ACTIVE);
	KUNIT_EXPECT_STREQ(test, script(0)->calls, "rRpu");
	/* the deferred one goes on by itself */
	KUNIT_EXPECT_TRUE(test, FX_WAIT(ram_held(ram) == 2));
	ram_set_mode(ram, RAM_NOW);
	ram_release(ram);
	KUNIT_EXPECT_EQ(test, fx_wait(test, first), 0);
	KUNIT_EXPECT_EQ(test, fx_wait(test, second), 0);
	/* and a later one works */
	KUNIT_EXPECT_EQ(test, dm_verb_suspend(md, true, false), 0);
	KUNIT_EXPECT_EQ(test, fx_resume(md), 0);
	KUNIT_EXPECT_STREQ(test, script(0)->calls, "rRpupPrR");
}

static void suspend_twice_and_resume_twice_are_once(struct kunit *test)
{
	struct mapped_device *md = fx_live(test, "0 64 kunit 0");

	KUNIT_EXPECT_EQ(test, dm_verb_suspend(md, true, false), 0);
	KUNIT_EXPECT_EQ(test, dm_verb_suspend(md, false, true), 0);
	KUNIT_EXPECT_EQ(test, fx_resume(md), 0);
	KUNIT_EXPECT_EQ(test, fx_resume(md), 0);
	KUNIT_EXPECT_STREQ(test, script(0)->calls, "rRpPrR");
}

static void targets_are_told_in_order_and_see_the_state(struct kunit *test)
{
	struct mapped_device *md = fx_live(test, "0 8 kunit 0\n8 8 kunit 1");
	const struct script *s = script(0);

	KUNIT_EXPECT_EQ(test, dm_verb_suspend(md, true, false), 0);
	KUNIT_EXPECT_EQ(test, fx_resume(md), 0);
	KUNIT_EXPECT_EQ(test, dm_verb_suspend(md, false, true), 0);
	KUNIT_EXPECT_EQ(test, fx_resume(md), 0);
	KUNIT_EXPECT_STREQ(test, s->calls, "rRpPrRpPrR");
	KUNIT_EXPECT_STREQ(test, script(1)->calls, "rRpPrRpPrR");
	KUNIT_EXPECT_TRUE(test, s->saw[1] & SAW_SUSPENDED);
	KUNIT_EXPECT_EQ(test, s->saw[2], 0);
	KUNIT_EXPECT_EQ(test, s->saw[3] & ~SAW_NOFLUSH, SAW_SUSPENDED | SAW_POST_SUSPENDING);
	KUNIT_EXPECT_FALSE(test, s->saw[5] & SAW_POST_SUSPENDING);
	KUNIT_EXPECT_EQ(test, s->saw[6], SAW_NOFLUSH);
}

static void resume_that_a_target_refuses_leaves_it_suspended(struct kunit *test)
{
	struct ramdisk *ram = fx_disk(test, 1024);
	struct mapped_device *md = fx_live(test, "0 8 kunit 0 %s 0\n8 8 kunit 1", ram->name);
	struct fx_io *io;

	KUNIT_ASSERT_EQ(test, dm_verb_suspend(md, true, false), 0);
	io = submit(test, md, REQ_OP_WRITE, 0, 8, 1);
	script(1)->preresume_error = -EBADR;
	KUNIT_EXPECT_EQ(test, fx_resume(md), -EBADR);
	KUNIT_EXPECT_EQ(test, state(md), DM_STATE_SUSPENDED);
	/* no target was resumed, not even the first */
	KUNIT_EXPECT_STREQ(test, script(0)->calls, "rRpPr");
	KUNIT_EXPECT_FALSE(test, fx_is_done(io));
	script(1)->preresume_error = 0;
	KUNIT_EXPECT_EQ(test, fx_resume(md), 0);
	KUNIT_EXPECT_EQ(test, fx_wait(test, io), 0);
	KUNIT_EXPECT_EQ(test, ram_holds(ram, 0, 8, 1, 0), 8);
}

static int swap_job(struct fx_job *job)
{
	return fx_resume(job->context);
}

/* A resume with a new table is suspend, swap and resume in one. */
static void swap_waits_for_io_of_the_old_table(struct kunit *test)
{
	struct ramdisk *a = fx_disk(test, 1024), *b = fx_disk(test, 1024);
	struct mapped_device *md = fx_live(test, "0 64 kunit 0 %s 0", a->name);
	struct fx_io *old, *new;
	struct fx_job *job;

	ram_set_mode(a, RAM_HOLD);
	old = submit(test, md, REQ_OP_WRITE, 0, 8, 1);
	KUNIT_ASSERT_EQ(test, fx_load(test, md, "0 64 kunit 1 %s 100", b->name), 0);
	job = fx_job_start(test, swap_job, md);
	KUNIT_EXPECT_TRUE(test, FX_WAIT(READ_ONCE(md->inflight.draining)));
	new = submit(test, md, REQ_OP_WRITE, 8, 8, 2);
	KUNIT_EXPECT_FALSE(test, fx_job_is_done(job));
	KUNIT_EXPECT_EQ(test, atomic_read(&script(0)->dtrs), 0);
	ram_release(a);
	KUNIT_EXPECT_EQ(test, fx_job_wait(test, job), 0);
	KUNIT_EXPECT_EQ(test, fx_wait(test, old), 0);
	KUNIT_EXPECT_EQ(test, fx_wait(test, new), 0);
	KUNIT_EXPECT_EQ(test, atomic_read(&script(0)->dtrs), 1);
	KUNIT_EXPECT_EQ(test, ram_holds(a, 0, 8, 1, 0), 8);
	KUNIT_EXPECT_EQ(test, ram_came(a), 1);
	KUNIT_EXPECT_EQ(test, ram_holds(b, 108, 8, 2, 8), 8);
}

struct writer {
	struct mapped_device *md;
	struct kunit *test;
	bool stop;
	unsigned int sector;
	unsigned int rounds;
};

/* Write and read back one sector, over and over; return how often it was wrong. */
static int writer_job(struct fx_job *job)
{
	struct writer *w = job->context;
	void *data = (void *)__get_free_page(GFP_KERNEL);
	struct bio_vec vec;
	struct bio bio;
	int wrong = !data;

	while (data && !READ_ONCE(w->stop)) {
		bio_init(&bio, w->md->disk->part0, &vec, 1, REQ_OP_WRITE);
		bio.bi_iter.bi_sector = w->sector;
		__bio_add_page(&bio, virt_to_page(data), SECTOR_SIZE, 0);
		ram_fill(data, 1, ++w->rounds, w->sector);
		wrong += !!submit_bio_wait(&bio);
		bio_uninit(&bio);
		bio_init(&bio, w->md->disk->part0, &vec, 1, REQ_OP_READ);
		bio.bi_iter.bi_sector = w->sector;
		__bio_add_page(&bio, virt_to_page(data), SECTOR_SIZE, 0);
		memset(data, 0, SECTOR_SIZE);
		wrong += !!submit_bio_wait(&bio);
		bio_uninit(&bio);
		wrong += !ram_match(data, 1, w->rounds, w->sector);
	}
	free_page((unsigned long)data);
	return wrong;
}

#define WRITERS 4
#define SWAPS 30

/* CVE-2021-47435: completions against table swaps, with tables of several kinds. */
static void swap_under_load_loses_no_io_CVE_2021_47435(struct kunit *test)
{
	struct ramdisk *ram = fx_disk(test, 1024);
	struct mapped_device *md = fx_live(test, "0 64 linear %s 0", ram->name);
	struct writer writers[WRITERS] = { };
	struct fx_job *jobs[WRITERS];
	unsigned int i, before;

	ram_set_mode(ram, RAM_LATER);
	for (i = 0; i < WRITERS; i++) {
		writers[i].md = md;
		writers[i].sector = 16 * i + i;
		jobs[i] = fx_job_start(test, writer_job, &writers[i]);
	}
	for (i = 0; i < SWAPS; i++) {
		before = READ_ONCE(writers[i % WRITERS].rounds);
		if (i % 3 == 0)
			KUNIT_EXPECT_EQ(test, fx_load(test, md,
						      "0 32 linear %s 0\n32 32 kunit %u %s 32",
						      ram->name, i % SCRIPTS, ram->name), 0);
		else if (i % 3 == 1)
			KUNIT_EXPECT_EQ(test, fx_load(test, md, "0 64 linear %s 0", ram->name), 0);
		else
			KUNIT_EXPECT_EQ(test, dm_verb_suspend(md, i % 2, !(i % 2)), 0);
		KUNIT_EXPECT_EQ(test, fx_resume(md), 0);
		KUNIT_EXPECT_TRUE(test, FX_WAIT(READ_ONCE(writers[i % WRITERS].rounds) > before));
	}
	for (i = 0; i < WRITERS; i++)
		WRITE_ONCE(writers[i].stop, true);
	for (i = 0; i < WRITERS; i++)
		KUNIT_EXPECT_EQ(test, fx_job_wait(test, jobs[i]), 0);
}

/* CVE-2025-40134: a device without a table is suspended, loaded and resumed. */
static void suspend_before_the_first_table_holds_CVE_2025_40134(struct kunit *test)
{
	struct ramdisk *ram = fx_disk(test, 1024);
	struct mapped_device *md = fx_device(test);

	KUNIT_EXPECT_EQ(test, dm_verb_suspend(md, true, false), 0);
	KUNIT_EXPECT_EQ(test, state(md), DM_STATE_SUSPENDED);
	/* there is nothing to go on with */
	KUNIT_EXPECT_EQ(test, fx_resume(md), -EINVAL);
	KUNIT_EXPECT_EQ(test, state(md), DM_STATE_SUSPENDED);
	KUNIT_ASSERT_EQ(test, fx_load(test, md, "0 64 linear %s 0", ram->name), 0);
	KUNIT_EXPECT_EQ(test, state(md), DM_STATE_SUSPENDED);
	KUNIT_EXPECT_EQ(test, fx_resume(md), 0);
	KUNIT_EXPECT_EQ(test, fx_io(test, md, REQ_OP_WRITE, 0, 8, 1), 0);
	KUNIT_EXPECT_EQ(test, ram_holds(ram, 0, 8, 1, 0), 8);
}

static struct kunit_case suspend_cases[] = {
	KUNIT_CASE(suspend_waits_for_io_under_way),
	KUNIT_CASE(suspended_device_defers_io),
	KUNIT_CASE(deferred_io_goes_on_in_order),
	KUNIT_CASE(suspended_device_refuses_what_may_not_wait),
	KUNIT_CASE(suspend_is_given_up_on_a_signal),
	KUNIT_CASE(suspend_twice_and_resume_twice_are_once),
	KUNIT_CASE(targets_are_told_in_order_and_see_the_state),
	KUNIT_CASE(resume_that_a_target_refuses_leaves_it_suspended),
	KUNIT_CASE(swap_waits_for_io_of_the_old_table),
	KUNIT_CASE(swap_under_load_loses_no_io_CVE_2021_47435),
	KUNIT_CASE(suspend_before_the_first_table_holds_CVE_2025_40134),
	{ }
};

static struct kunit_suite suspend_suite = {
	.name = "dm_suspend",
	.suite_init = fx_suite_start,
	.suite_exit = fx_suite_stop,
	.init = fx_init,
	.exit = fx_exit,
	.test_cases = suspend_cases,
};

kunit_test_suite(suspend_suite);
