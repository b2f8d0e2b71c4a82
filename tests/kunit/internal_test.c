// SPDX-License-Identifier: GPL-2.0
/* Suspends from inside the kernel, and removal, against what else goes on. */
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

static void internal_suspends_nest(struct kunit *test)
{
	struct ramdisk *ram = fx_disk(test, 1024);
	struct mapped_device *md = fx_live(test, "0 64 kunit 0 %s 0", ram->name);
	struct fx_io *io;

	dm_internal_suspend_noflush(md);
	KUNIT_EXPECT_EQ(test, state(md), DM_STATE_HELD);
	KUNIT_EXPECT_STREQ(test, script(0)->calls, "rRpP");
	dm_internal_suspend_noflush(md);
	dm_internal_suspend_noflush(md);
	io = submit(test, md, REQ_OP_WRITE, 0, 8, 1);
	dm_internal_resume(md);
	dm_internal_resume(md);
	KUNIT_EXPECT_EQ(test, state(md), DM_STATE_HELD);
	flush_workqueue(md->wq);
	KUNIT_EXPECT_FALSE(test, fx_is_done(io));
	KUNIT_EXPECT_EQ(test, ram_came(ram), 0);
	dm_internal_resume(md);
	KUNIT_EXPECT_EQ(test, state(md), DM_STATE_ACTIVE);
	KUNIT_EXPECT_STREQ(test, script(0)->calls, "rRpPrR");
	KUNIT_EXPECT_EQ(test, fx_wait(test, io), 0);
}

static void internal_suspend_of_a_suspended_device_changes_nothing(struct kunit *test)
{
	struct mapped_device *md = fx_live(test, "0 64 kunit 0");

	KUNIT_ASSERT_EQ(test, dm_verb_suspend(md, true, false), 0);
	dm_internal_suspend_noflush(md);
	KUNIT_EXPECT_EQ(test, state(md), DM_STATE_SUSPENDED_HELD);
	dm_internal_suspend_fast(md);
	dm_internal_resume_fast(md);
	dm_internal_resume(md);
	KUNIT_EXPECT_EQ(test, state(md), DM_STATE_SUSPENDED);
	KUNIT_EXPECT_STREQ(test, script(0)->calls, "rRpP");
	KUNIT_EXPECT_EQ(test, fx_resume(md), 0);
}

/* Fast: I/O stops, the targets are not told. */
static void fast_internal_suspend_only_stops_io(struct kunit *test)
{
	struct ramdisk *ram = fx_disk(test, 1024);
	struct mapped_device *md = fx_live(test, "0 64 kunit 0 %s 0", ram->name);
	struct fx_io *io;

	dm_internal_suspend_fast(md);
	KUNIT_EXPECT_EQ(test, state(md), DM_STATE_HELD);
	dm_internal_suspend_fast(md);
	io = submit(test, md, REQ_OP_WRITE, 0, 8, 1);
	dm_internal_resume_fast(md);
	flush_workqueue(md->wq);
	KUNIT_EXPECT_EQ(test, ram_came(ram), 0);
	dm_internal_resume_fast(md);
	KUNIT_EXPECT_EQ(test, fx_wait(test, io), 0);
	KUNIT_EXPECT_EQ(test, state(md), DM_STATE_ACTIVE);
	KUNIT_EXPECT_STREQ(test, script(0)->calls, "rR");
	/* the other kind afterwards tells them again */
	dm_internal_suspend_noflush(md);
	dm_internal_resume(md);
	KUNIT_EXPECT_STREQ(test, script(0)->calls, "rRpPrR");
}

static int internal_job(struct fx_job *job)
{
	dm_internal_suspend_noflush(job->context);
	return 0;
}

static void internal_suspend_waits_for_io_under_way(struct kunit *test)
{
	struct ramdisk *ram = fx_disk(test, 1024);
	struct mapped_device *md = fx_live(test, "0 64 linear %s 0", ram->name);
	struct fx_job *job;
	struct fx_io *io;

	ram_set_mode(ram, RAM_HOLD);
	io = submit(test, md, REQ_OP_WRITE, 0, 8, 1);
	job = fx_job_start(test, internal_job, md);
	KUNIT_EXPECT_TRUE(test, FX_WAIT(READ_ONCE(md->inflight.draining)));
	KUNIT_EXPECT_FALSE(test, fx_job_is_done(job));
	ram_set_mode(ram, RAM_NOW);
	ram_release(ram);
	KUNIT_EXPECT_EQ(test, fx_job_wait(test, job), 0);
	KUNIT_EXPECT_TRUE(test, fx_is_done(io));
	dm_internal_resume(md);
}

static int user_suspend_job(struct fx_job *job)
{
	return dm_verb_suspend(job->context, true, false);
}

static int user_resume_job(struct fx_job *job)
{
	return fx_resume(job->context);
}

static int user_remove_job(struct fx_job *job)
{
	bool uevent;

	return dm_verb_remove(job->context, false, 0, &uevent);
}

/* CVE-2024-26880: the user's calls wait until the last internal suspend is over. */
static void user_verbs_wait_for_internal_resume_CVE_2024_26880(struct kunit *test)
{
	int (*const verbs[])(struct fx_job *job) = {
		user_suspend_job, user_resume_job, user_remove_job,
	};
	struct mapped_device *md = fx_live(test, "0 64 kunit 0");
	struct fx_job *job;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(verbs); i++) {
		dm_internal_suspend_noflush(md);
		dm_internal_suspend_noflush(md);
		job = fx_job_start(test, verbs[i], md);
		/* asked again and again, so no barrier pairs with it */
		KUNIT_EXPECT_TRUE(test, FX_WAIT(waitqueue_active(&md->state_wait)));
		dm_internal_resume(md);
		KUNIT_EXPECT_EQ(test, state(md), DM_STATE_HELD);
		KUNIT_EXPECT_FALSE(test, fx_job_is_done(job));
		dm_internal_resume(md);
		KUNIT_EXPECT_EQ(test, fx_job_wait(test, job), 0);
		if (i == 0)
			KUNIT_EXPECT_EQ(test, state(md), DM_STATE_SUSPENDED);
		if (i == 0)
			KUNIT_EXPECT_EQ(test, fx_resume(md), 0);
	}
	KUNIT_EXPECT_EQ(test, state(md), DM_STATE_DEAD);
}

static void removal_fails_what_was_deferred(struct kunit *test)
{
	struct ramdisk *ram = fx_disk(test, 1024);
	struct mapped_device *md = fx_live(test, "0 64 linear %s 0", ram->name);
	struct fx_io *io, *flush;

	KUNIT_ASSERT_EQ(test, dm_verb_suspend(md, true, false), 0);
	io = submit(test, md, REQ_OP_WRITE, 0, 8, 1);
	flush = submit(test, md, REQ_OP_WRITE | REQ_PREFLUSH, 0, 0, 0);
	fx_remove(test, md);
	KUNIT_EXPECT_EQ(test, fx_wait(test, io), -EIO);
	KUNIT_EXPECT_EQ(test, fx_wait(test, flush), -EIO);
	KUNIT_EXPECT_EQ(test, ram_came(ram), 0);
}

static void removal_waits_for_io_under_way(struct kunit *test)
{
	struct ramdisk *ram = fx_disk(test, 1024);
	struct mapped_device *md = fx_live(test, "0 64 kunit 0 %s 0", ram->name);
	struct fx_job *job;
	struct fx_io *io;

	ram_set_mode(ram, RAM_HOLD);
	io = submit(test, md, REQ_OP_WRITE, 0, 8, 1);
	job = fx_job_start(test, user_remove_job, md);
	KUNIT_EXPECT_TRUE(test, FX_WAIT(state(md) == DM_STATE_DEAD));
	KUNIT_EXPECT_EQ(test, atomic_read(&script(0)->dtrs), 0);
	KUNIT_EXPECT_FALSE(test, fx_job_is_done(job));
	KUNIT_EXPECT_FALSE(test, fx_is_done(io));
	ram_release(ram);
	KUNIT_EXPECT_EQ(test, fx_job_wait(test, job), 0);
	KUNIT_EXPECT_EQ(test, fx_wait(test, io), 0);
	KUNIT_EXPECT_EQ(test, atomic_read(&script(0)->dtrs), 1);
	KUNIT_EXPECT_STREQ(test, script(0)->calls, "rRpP");
}

static struct kunit_case internal_cases[] = {
	KUNIT_CASE(internal_suspends_nest),
	KUNIT_CASE(internal_suspend_of_a_suspended_device_changes_nothing),
	KUNIT_CASE(fast_internal_suspend_only_stops_io),
	KUNIT_CASE(internal_suspend_waits_for_io_under_way),
	KUNIT_CASE(user_verbs_wait_for_internal_resume_CVE_2024_26880),
	KUNIT_CASE(removal_fails_what_was_deferred),
	KUNIT_CASE(removal_waits_for_io_under_way),
	{ }
};

static struct kunit_suite internal_suite = {
	.name = "dm_internal",
	.suite_init = fx_suite_start,
	.suite_exit = fx_suite_stop,
	.init = fx_init,
	.exit = fx_exit,
	.test_cases = internal_cases,
};

kunit_test_suite(internal_suite);
