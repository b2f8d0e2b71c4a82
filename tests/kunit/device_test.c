// SPDX-License-Identifier: GPL-2.0
/* Life of whole devices: the verbs, both slots, events, closing and removal. */
#include <linux/kthread.h>
#include <linux/sched/signal.h>

#include "event.h"
#include "fixture.h"
#include "index.h"
#include "script.h"
#include "table.h"
#include "verbs.h"

static bool is_there(const char *name)
{
	struct mapped_device *md = dm_index_find_name(name);

	if (md)
		dm_device_put(md);
	return md;
}

static int open_disk(struct mapped_device *md, struct dm_dev *d)
{
	memset(d, 0, sizeof(*d));
	/* shared, as an ordinary open() is: a holder of its own each time */
	return dm_compat_bdev_open(d, disk_devt(md->disk), BLK_OPEN_READ, d);
}

/* A table that may not be staged stays the caller's. */
static void expect_refused(struct kunit *test, struct mapped_device *md, struct dm_table *t,
			   int expected)
{
	int r = dm_verb_stage(md, t);

	KUNIT_EXPECT_EQ(test, r, expected);
	if (r)
		dm_table_destroy(t);
}

static void device_goes_through_its_life(struct kunit *test)
{
	struct ramdisk *a = fx_disk(test, 1024), *b = fx_disk(test, 1024);
	struct mapped_device *md = fx_device(test);

	KUNIT_EXPECT_PTR_EQ(test, fx_active(md), NULL);
	KUNIT_ASSERT_EQ(test, fx_load(test, md, "0 64 linear %s 0", a->name), 0);
	KUNIT_EXPECT_PTR_EQ(test, fx_active(md), NULL);
	KUNIT_EXPECT_NOT_NULL(test, md->inactive);
	KUNIT_ASSERT_EQ(test, fx_resume(md), 0);
	KUNIT_EXPECT_NULL(test, md->inactive);
	KUNIT_EXPECT_EQ(test, (u64)get_capacity(md->disk), 64ULL);
	KUNIT_EXPECT_EQ(test, fx_io(test, md, REQ_OP_WRITE, 0, 64, 1), 0);
	/* another table: nothing changes before the resume */
	KUNIT_ASSERT_EQ(test, fx_load(test, md, "0 128 linear %s 5", b->name), 0);
	KUNIT_EXPECT_EQ(test, (u64)get_capacity(md->disk), 64ULL);
	KUNIT_EXPECT_EQ(test, fx_io(test, md, REQ_OP_WRITE, 0, 64, 2), 0);
	KUNIT_EXPECT_EQ(test, ram_came(b), 0);
	KUNIT_ASSERT_EQ(test, fx_resume(md), 0);
	KUNIT_EXPECT_EQ(test, (u64)get_capacity(md->disk), 128ULL);
	KUNIT_EXPECT_EQ(test, fx_io(test, md, REQ_OP_WRITE, 0, 128, 3), 0);
	KUNIT_EXPECT_EQ(test, ram_holds(a, 0, 64, 2, 0), 64);
	KUNIT_EXPECT_EQ(test, ram_holds(b, 5, 128, 3, 0), 128);
	fx_remove(test, md);
	KUNIT_EXPECT_EQ(test, (int)dm_state_get(md), (int)DM_STATE_DEAD);
	KUNIT_EXPECT_EQ(test, dm_hold(md), -EBUSY);
}

/* Everything one may ask of a device that is gone says so, and harms nothing. */
static void removed_device_refuses_every_verb(struct kunit *test)
{
	struct mapped_device *md = fx_device(test);
	bool uevent = false;
	struct dm_table *t;

	KUNIT_ASSERT_EQ(test, fx_table(test, md, BLK_OPEN_READ, &t, "0 8 zero"), 0);
	fx_remove(test, md);
	expect_refused(test, md, t, -ENXIO);
	KUNIT_EXPECT_EQ(test, dm_verb_suspend(md, true, false), -ENXIO);
	KUNIT_EXPECT_EQ(test, fx_resume(md), -ENXIO);
	KUNIT_EXPECT_EQ(test, dm_verb_remove(md, false, 0, &uevent), -ENXIO);
	KUNIT_EXPECT_EQ(test, dm_verb_remove(md, true, 0, &uevent), -ENXIO);
	KUNIT_EXPECT_EQ(test, dm_verb_remove_cancel(md), -EBUSY);
	KUNIT_EXPECT_FALSE(test, uevent);
	dm_verb_clear(md);
}

static void load_replaces_and_clear_destroys_the_inactive_table(struct kunit *test)
{
	struct mapped_device *md = fx_live(test, "0 8 zero");
	struct dm_table *active = fx_active(md);

	KUNIT_ASSERT_EQ(test, fx_load(test, md, "0 8 kunit 0"), 0);
	KUNIT_ASSERT_EQ(test, fx_load(test, md, "0 8 kunit 1"), 0);
	KUNIT_EXPECT_EQ(test, atomic_read(&script(0)->dtrs), 1);
	KUNIT_EXPECT_EQ(test, atomic_read(&script(1)->dtrs), 0);
	dm_verb_clear(md);
	KUNIT_EXPECT_EQ(test, atomic_read(&script(1)->dtrs), 1);
	KUNIT_EXPECT_NULL(test, md->inactive);
	dm_verb_clear(md);
	KUNIT_EXPECT_EQ(test, fx_resume(md), 0);
	KUNIT_EXPECT_PTR_EQ(test, fx_active(md), active);
	/* neither was ever resumed or suspended */
	KUNIT_EXPECT_STREQ(test, script(0)->calls, "");
	KUNIT_EXPECT_STREQ(test, script(1)->calls, "");
}

/* CVE-2022-2503: a type that may not be replaced is not. */
static void immutable_target_is_not_replaced_CVE_2022_2503(struct kunit *test)
{
	struct mapped_device *md = fx_live(test, "0 8 kunit-fixed 0");

	KUNIT_EXPECT_EQ(test, fx_load(test, md, "0 8 zero"), -EINVAL);
	KUNIT_EXPECT_EQ(test, fx_load(test, md, "0 8 kunit 1"), -EINVAL);
	/* by its own kind it may be, and by the error target */
	KUNIT_EXPECT_EQ(test, fx_load(test, md, "0 8 kunit-fixed 1"), 0);
	KUNIT_EXPECT_EQ(test, fx_resume(md), 0);
	KUNIT_EXPECT_EQ(test, fx_load(test, md, "0 8 error"), 0);
	KUNIT_EXPECT_EQ(test, fx_resume(md), 0);
	KUNIT_EXPECT_EQ(test, fx_load(test, md, "0 8 zero"), 0);
	KUNIT_EXPECT_EQ(test, fx_resume(md), 0);
}

/* Loaded to replace something else: looked at again when it becomes active. */
static void immutable_target_is_not_replaced_by_what_was_loaded_before(struct kunit *test)
{
	struct mapped_device *md = fx_live(test, "0 8 zero");
	struct dm_table *t;

	KUNIT_ASSERT_EQ(test, fx_table(test, md, BLK_OPEN_READ, &t, "0 8 zero"), 0);
	fx_activate(test, md, "0 8 kunit-fixed 0");
	expect_refused(test, md, t, -EINVAL);
	KUNIT_EXPECT_NULL(test, md->inactive);
}

static void read_only_table_makes_a_read_only_disk(struct kunit *test)
{
	struct ramdisk *ram = fx_disk(test, 1024);
	struct mapped_device *md = fx_device(test);
	struct dm_table *t;

	KUNIT_ASSERT_EQ(test, fx_table(test, md, BLK_OPEN_READ, &t, "0 8 linear %s 0", ram->name),
			0);
	KUNIT_ASSERT_EQ(test, dm_verb_stage(md, t), 0);
	KUNIT_ASSERT_EQ(test, fx_resume(md), 0);
	KUNIT_EXPECT_TRUE(test, get_disk_ro(md->disk));
	fx_activate(test, md, "0 8 linear %s 0", ram->name);
	KUNIT_EXPECT_FALSE(test, get_disk_ro(md->disk));
}

static void open_device_is_not_removed(struct kunit *test)
{
	struct mapped_device *md = fx_live(test, "0 8 zero");
	struct dm_dev d;
	bool uevent;

	KUNIT_ASSERT_EQ(test, open_disk(md, &d), 0);
	KUNIT_EXPECT_EQ(test, dm_disk_open_count(md), 1);
	KUNIT_EXPECT_EQ(test, dm_verb_remove(md, false, 0, &uevent), -EBUSY);
	KUNIT_EXPECT_TRUE(test, is_there(md->name));
	KUNIT_EXPECT_EQ(test, fx_io(test, md, REQ_OP_READ, 0, 8, 0), 0);
	dm_compat_bdev_close(&d);
	KUNIT_EXPECT_EQ(test, dm_disk_open_count(md), 0);
	fx_remove(test, md);
	KUNIT_EXPECT_NE(test, open_disk(md, &d), 0);
}

/* The last close removes it, from a worker. */
static void deferred_removal_waits_for_the_close(struct kunit *test)
{
	struct mapped_device *md = fx_live(test, "0 8 zero");
	struct dm_dev d;
	bool uevent;

	KUNIT_ASSERT_EQ(test, open_disk(md, &d), 0);
	KUNIT_EXPECT_EQ(test, dm_verb_remove(md, true, 0, &uevent), -EINPROGRESS);
	KUNIT_EXPECT_EQ(test, dm_verb_remove(md, true, 0, &uevent), -EINPROGRESS);
	KUNIT_EXPECT_EQ(test, dm_verb_remove(md, false, 0, &uevent), -EBUSY);
	KUNIT_EXPECT_TRUE(test, is_there(md->name));
	/* loads and resumes still work */
	fx_activate(test, md, "0 16 zero");
	dm_compat_bdev_close(&d);
	KUNIT_EXPECT_TRUE(test, FX_WAIT(!is_there(md->name)));
	KUNIT_EXPECT_EQ(test, (int)dm_state_get(md), (int)DM_STATE_DEAD);
}

static void deferred_removal_can_be_cancelled(struct kunit *test)
{
	struct mapped_device *md = fx_live(test, "0 8 zero"), *other = fx_live(test, "0 8 zero");
	struct dm_dev d, e;
	bool uevent;

	KUNIT_EXPECT_EQ(test, dm_verb_remove_cancel(md), 0);
	KUNIT_ASSERT_EQ(test, open_disk(md, &d), 0);
	KUNIT_ASSERT_EQ(test, open_disk(other, &e), 0);
	KUNIT_EXPECT_EQ(test, dm_verb_remove(md, true, 0, &uevent), -EINPROGRESS);
	KUNIT_EXPECT_EQ(test, dm_verb_remove(other, true, 0, &uevent), -EINPROGRESS);
	KUNIT_EXPECT_EQ(test, dm_verb_remove_cancel(md), 0);
	dm_compat_bdev_close(&d);
	dm_compat_bdev_close(&e);
	/* the worker is ordered: with the other one gone, this one would be, too */
	KUNIT_EXPECT_TRUE(test, FX_WAIT(!is_there(other->name)));
	KUNIT_EXPECT_TRUE(test, is_there(md->name));
	KUNIT_EXPECT_EQ(test, fx_io(test, md, REQ_OP_READ, 0, 8, 0), 0);
}

static void deferred_removal_of_a_closed_device_is_removal(struct kunit *test)
{
	struct mapped_device *md = fx_live(test, "0 8 zero");
	bool uevent;

	KUNIT_EXPECT_EQ(test, dm_verb_remove(md, true, 0, &uevent), 0);
	KUNIT_EXPECT_FALSE(test, is_there(md->name));
}

static void device_in_use_by_another_is_open(struct kunit *test)
{
	struct mapped_device *below = fx_live(test, "0 64 zero"), *md;
	bool uevent;

	md = fx_live(test, "0 64 linear %s 0", below->devname);
	KUNIT_EXPECT_EQ(test, dm_disk_open_count(below), 1);
	KUNIT_EXPECT_EQ(test, dm_verb_remove(below, false, 0, &uevent), -EBUSY);
	fx_activate(test, md, "0 64 zero");
	KUNIT_EXPECT_EQ(test, dm_disk_open_count(below), 0);
	fx_remove(test, below);
}

static int wait_job(struct fx_job *job)
{
	struct mapped_device *md = job->context;

	return dm_device_event_wait(md, dm_device_event_nr(md));
}

static int wait_signal_job(struct fx_job *job)
{
	allow_signal(SIGTERM);
	return wait_job(job);
}

/* A thread that waits for an event of a device. */
static struct fx_job *waiter(struct kunit *test, struct mapped_device *md,
			     int (*fn)(struct fx_job *job))
{
	struct fx_job *job = fx_job_start(test, fn, md);

	/* asked again and again, so no barrier pairs with it */
	KUNIT_EXPECT_TRUE(test, FX_WAIT(waitqueue_active(&md->event_wait)));
	return job;
}

static void event_of_a_target_wakes_who_waits(struct kunit *test)
{
	struct mapped_device *md = fx_live(test, "0 8 kunit 0");
	u32 nr = dm_device_event_nr(md), global = dm_event_global_nr();
	struct fx_job *job;

	job = waiter(test, md, wait_job);
	KUNIT_EXPECT_FALSE(test, fx_job_is_done(job));
	dm_table_event(fx_active(md));
	KUNIT_EXPECT_EQ(test, fx_job_wait(test, job), 0);
	KUNIT_EXPECT_EQ(test, dm_device_event_nr(md), nr + 1);
	KUNIT_EXPECT_EQ(test, dm_event_global_nr(), global + 1);
	/* who knows another number, older or not, need not wait */
	KUNIT_EXPECT_EQ(test, dm_device_event_wait(md, nr), 0);
	KUNIT_EXPECT_EQ(test, dm_device_event_wait(md, nr + 77), 0);
}

static void event_of_a_table_that_is_not_active_is_none(struct kunit *test)
{
	struct mapped_device *md = fx_live(test, "0 8 kunit 0");
	u32 nr = dm_device_event_nr(md);

	KUNIT_ASSERT_EQ(test, fx_load(test, md, "0 8 kunit 1"), 0);
	dm_table_event(md->inactive);
	KUNIT_EXPECT_EQ(test, dm_device_event_nr(md), nr);
	KUNIT_EXPECT_EQ(test, fx_resume(md), 0);
	KUNIT_EXPECT_EQ(test, dm_device_event_nr(md), nr);
	dm_table_event(fx_active(md));
	KUNIT_EXPECT_EQ(test, dm_device_event_nr(md), nr + 1);
}

static void event_wait_ends_with_a_signal(struct kunit *test)
{
	struct mapped_device *md = fx_live(test, "0 8 zero");
	struct fx_job *job = waiter(test, md, wait_signal_job);

	send_sig(SIGTERM, job->task, 1);
	KUNIT_EXPECT_EQ(test, fx_job_wait(test, job), -ERESTARTSYS);
}

static void event_wait_ends_with_the_device(struct kunit *test)
{
	struct mapped_device *empty = fx_device(test), *md = fx_live(test, "0 8 zero");
	struct fx_job *a = waiter(test, empty, wait_job), *b = waiter(test, md, wait_job);

	fx_remove(test, empty);
	fx_remove(test, md);
	KUNIT_EXPECT_EQ(test, fx_job_wait(test, a), 0);
	KUNIT_EXPECT_EQ(test, fx_job_wait(test, b), 0);
}

static void event_comes_with_a_rename(struct kunit *test)
{
	struct mapped_device *md = fx_live(test, "0 8 zero"), *renamed = NULL;
	struct fx_job *job = waiter(test, md, wait_job);
	u32 nr = dm_device_event_nr(md);
	char name[32];
	bool uevent;

	snprintf(name, sizeof(name), "%s-renamed", md->name);
	KUNIT_EXPECT_EQ(test, dm_verb_rename(md->name, name, false, 0, &uevent, &renamed), 0);
	KUNIT_EXPECT_PTR_EQ(test, renamed, md);
	KUNIT_EXPECT_EQ(test, fx_job_wait(test, job), 0);
	KUNIT_EXPECT_EQ(test, dm_device_event_nr(md), nr + 1);
	dm_device_put(md);
}

static void references_keep_a_removed_device(struct kunit *test)
{
	struct mapped_device *md = fx_live(test, "0 8 zero");

	KUNIT_EXPECT_PTR_EQ(test, dm_get_md(disk_devt(md->disk)), md);
	KUNIT_EXPECT_EQ(test, dm_hold(md), 0);
	fx_remove(test, md);
	/* its memory is still there, which KASAN would know */
	KUNIT_EXPECT_STREQ(test, dm_device_name(md), md->devname);
	KUNIT_EXPECT_PTR_EQ(test, dm_get_md(MKDEV(dm_major, md->minor)), NULL);
	dm_put(md);
	dm_put(md);
}

struct racer {
	struct mapped_device *md;
	struct kunit *test;
	bool stop;
	unsigned int rounds;
};

/* Look up, open, read a little, close: as udev does at the worst moment. */
static int racer_job(struct fx_job *job)
{
	struct racer *r = job->context;
	struct mapped_device *md;
	struct dm_dev d;

	while (!READ_ONCE(r->stop)) {
		md = dm_index_next(NULL);
		if (md) {
			/* of a number without a disk the kernel would look for a module */
			if (test_bit(DM_DEV_DISK_ADDED, &md->flags) && !open_disk(md, &d))
				dm_compat_bdev_close(&d);
			dm_verb_suspend(md, true, false);
			fx_resume(md);
			dm_device_put(md);
		}
		r->rounds++;
		cond_resched();
	}
	return 0;
}

#define LIVES 25

/* Devices come and go while others look them up, open, suspend and resume them. */
static void devices_come_and_go_under_use(struct kunit *test)
{
	struct racer racers[3] = { };
	struct fx_job *jobs[3];
	struct mapped_device *md;
	unsigned int i, before;
	char name[32];
	bool uevent;
	int r;

	for (i = 0; i < ARRAY_SIZE(racers); i++)
		jobs[i] = fx_job_start(test, racer_job, &racers[i]);
	for (i = 0; i < LIVES; i++) {
		snprintf(name, sizeof(name), "life%u", i);
		KUNIT_EXPECT_EQ(test, dm_verb_create(name, name, DM_ANY_MINOR, &md), 0);
		KUNIT_EXPECT_EQ(test, fx_load(test, md, "0 8 zero"), 0);
		KUNIT_EXPECT_EQ(test, fx_resume(md), 0);
		before = READ_ONCE(racers[i % 3].rounds);
		KUNIT_EXPECT_TRUE(test, FX_WAIT(READ_ONCE(racers[i % 3].rounds) > before));
		r = dm_verb_remove(md, true, 0, &uevent);
		KUNIT_EXPECT_TRUE(test, !r || r == -EINPROGRESS);
		dm_device_put(md);
		KUNIT_EXPECT_TRUE(test, FX_WAIT(!is_there(name)));
	}
	for (i = 0; i < ARRAY_SIZE(racers); i++)
		WRITE_ONCE(racers[i].stop, true);
	for (i = 0; i < ARRAY_SIZE(racers); i++)
		KUNIT_EXPECT_EQ(test, fx_job_wait(test, jobs[i]), 0);
	KUNIT_EXPECT_PTR_EQ(test, dm_index_next(NULL), NULL);
}

static struct kunit_case device_cases[] = {
	KUNIT_CASE(device_goes_through_its_life),
	KUNIT_CASE(removed_device_refuses_every_verb),
	KUNIT_CASE(load_replaces_and_clear_destroys_the_inactive_table),
	KUNIT_CASE(immutable_target_is_not_replaced_CVE_2022_2503),
	KUNIT_CASE(immutable_target_is_not_replaced_by_what_was_loaded_before),
	KUNIT_CASE(read_only_table_makes_a_read_only_disk),
	KUNIT_CASE(open_device_is_not_removed),
	KUNIT_CASE(deferred_removal_waits_for_the_close),
	KUNIT_CASE(deferred_removal_can_be_cancelled),
	KUNIT_CASE(deferred_removal_of_a_closed_device_is_removal),
	KUNIT_CASE(device_in_use_by_another_is_open),
	KUNIT_CASE(event_of_a_target_wakes_who_waits),
	KUNIT_CASE(event_of_a_table_that_is_not_active_is_none),
	KUNIT_CASE(event_wait_ends_with_a_signal),
	KUNIT_CASE(event_wait_ends_with_the_device),
	KUNIT_CASE(event_comes_with_a_rename),
	KUNIT_CASE(references_keep_a_removed_device),
	KUNIT_CASE(devices_come_and_go_under_use),
	{ }
};

static struct kunit_suite device_suite = {
	.name = "dm_device",
	.suite_init = fx_suite_start,
	.suite_exit = fx_suite_stop,
	.init = fx_init,
	.exit = fx_exit,
	.test_cases = device_cases,
};

kunit_test_suite(device_suite);
