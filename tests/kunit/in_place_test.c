// SPDX-License-Identifier: GPL-2.0
/* The in-place path: io/in_place.c, include/freelist.h. */
#include <linux/part_stat.h>

#include "compat/acct.h"
#include "compat/limits.h"
#include "fixture.h"
#include "freelist.h"
#include "verbs.h"

/* A bio whose owner looks at how it comes back. */
struct owned {
	struct bio bio;
	struct bio_vec vec;
	struct page *page;
	unsigned int offset;
	struct completion done;
	unsigned int ends;
};

static void owned_endio(struct bio *bio)
{
	struct owned *o = bio->bi_private;

	o->ends++;
	complete(&o->done);
}

static struct owned *owned_make(struct kunit *test)
{
	struct owned *o = kunit_kzalloc(test, sizeof(*o), GFP_KERNEL);

	void *data = kunit_kzalloc(test, SECTOR_SIZE, GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, o);
	KUNIT_ASSERT_NOT_NULL(test, data);
	o->page = virt_to_page(data);
	o->offset = offset_in_page(data);
	init_completion(&o->done);
	return o;
}

static void owned_prepare(struct owned *o, struct mapped_device *md, blk_opf_t opf,
			  sector_t sector)
{
	bio_init(&o->bio, md->disk->part0, &o->vec, 1, opf);
	o->bio.bi_end_io = owned_endio;
	o->bio.bi_private = o;
	o->bio.bi_iter.bi_sector = sector;
	__bio_add_page(&o->bio, o->page, SECTOR_SIZE, o->offset);
	reinit_completion(&o->done);
}

static bool owned_wait(struct owned *o)
{
	return wait_for_completion_timeout(&o->done, FX_LIMIT * HZ);
}

/* Is it the bio itself that is held below, and nothing else? */
static bool held_itself(struct ramdisk *ram, struct bio *bio)
{
	return ram_held(ram) == 1 && ram->held.head == bio;
}

static void bio_goes_below_itself_and_comes_back_as_it_was(struct kunit *test)
{
	struct ramdisk *ram = fx_disk(test, 1024);
	struct mapped_device *md = fx_live(test, "0 100 linear %s 77", ram->name);
	struct owned *o = owned_make(test);
	unsigned int round;

	for (round = 0; round < 3; round++) {
		owned_prepare(o, md, REQ_OP_WRITE, 9);
		ram_set_mode(ram, RAM_HOLD);
		submit_bio(&o->bio);
		KUNIT_EXPECT_TRUE(test, held_itself(ram, &o->bio));
		KUNIT_EXPECT_EQ(test, (u64)o->bio.bi_iter.bi_sector, 86ULL);
		KUNIT_EXPECT_FALSE(test, completion_done(&o->done));
		ram_release(ram);
		KUNIT_ASSERT_TRUE(test, owned_wait(o));
		KUNIT_EXPECT_EQ(test, o->ends, round + 1);
		KUNIT_EXPECT_PTR_EQ(test, o->bio.bi_bdev, md->disk->part0);
		KUNIT_EXPECT_TRUE(test, o->bio.bi_end_io == owned_endio);
		KUNIT_EXPECT_PTR_EQ(test, o->bio.bi_private, (void *)o);
		KUNIT_EXPECT_EQ(test, (u64)o->bio.bi_iter.bi_sector, 9ULL);
		KUNIT_EXPECT_EQ(test, o->bio.bi_iter.bi_size, 512);
		KUNIT_EXPECT_FALSE(test, bio_flagged(&o->bio, BIO_TRACE_COMPLETION));
	}
}

/* Owners retry: without preparing the bio anew, as it was handed back. */
static void bio_can_be_sent_again_as_it_came_back(struct kunit *test)
{
	struct ramdisk *ram = fx_disk(test, 1024);
	struct mapped_device *md = fx_live(test, "0 100 linear %s 77", ram->name);
	struct owned *o = owned_make(test);
	unsigned int i;

	owned_prepare(o, md, REQ_OP_WRITE, 9);
	ram_fail(ram, 86, 87, BLK_STS_MEDIUM);
	for (i = 0; i < 3; i++) {
		submit_bio(&o->bio);
		KUNIT_ASSERT_TRUE(test, owned_wait(o));
		KUNIT_EXPECT_EQ(test, blk_status_to_errno(o->bio.bi_status), -ENODATA);
		o->bio.bi_status = BLK_STS_OK;
		/* the end of a bio takes its cgroup away */
		bio_set_dev(&o->bio, o->bio.bi_bdev);
		reinit_completion(&o->done);
	}
	ram_fail(ram, 0, 0, BLK_STS_OK);
	ram_forget(ram);
	submit_bio(&o->bio);
	KUNIT_ASSERT_TRUE(test, owned_wait(o));
	KUNIT_EXPECT_EQ(test, blk_status_to_errno(o->bio.bi_status), 0);
	KUNIT_EXPECT_EQ(test, (u64)ram->seen[0].sector, 86ULL);
	KUNIT_EXPECT_EQ(test, o->ends, 4);
}

static void stack_sends_the_bio_itself_to_the_bottom(struct kunit *test)
{
	struct ramdisk *ram = fx_disk(test, 1024);
	struct mapped_device *md = fx_live(test, "0 1000 linear %s 1", ram->name);
	struct owned *o = owned_make(test);
	unsigned int i;

	for (i = 0; i < 4; i++)
		md = fx_live(test, "0 %u linear %s 1", 999 - i, md->devname);
	owned_prepare(o, md, REQ_OP_READ, 100);
	ram_set_mode(ram, RAM_HOLD);
	submit_bio(&o->bio);
	KUNIT_EXPECT_TRUE(test, held_itself(ram, &o->bio));
	KUNIT_EXPECT_EQ(test, (u64)o->bio.bi_iter.bi_sector, 105ULL);
	ram_release(ram);
	KUNIT_ASSERT_TRUE(test, owned_wait(o));
	KUNIT_EXPECT_PTR_EQ(test, o->bio.bi_bdev, md->disk->part0);
	KUNIT_EXPECT_EQ(test, (u64)o->bio.bi_iter.bi_sector, 100ULL);
	KUNIT_EXPECT_EQ(test, o->ends, 1);
}

static void flush_with_data_goes_itself_where_one_disk_is_below(struct kunit *test)
{
	struct ramdisk *a = fx_disk_like(test, &(struct ram_options){
		.sectors = 1024, .features = DM_FEAT_WRITE_CACHE });
	struct ramdisk *b = fx_disk_like(test, &(struct ram_options){
		.sectors = 1024, .features = DM_FEAT_WRITE_CACHE });
	struct mapped_device *one, *two;
	struct owned *o = owned_make(test);

	one = fx_live(test, "0 8 linear %s 0\n8 8 linear %s 100", a->name, a->name);
	two = fx_live(test, "0 8 linear %s 0\n8 8 linear %s 100", a->name, b->name);

	owned_prepare(o, one, REQ_OP_WRITE | REQ_PREFLUSH, 9);
	ram_set_mode(a, RAM_HOLD);
	submit_bio(&o->bio);
	KUNIT_EXPECT_TRUE(test, held_itself(a, &o->bio));
	KUNIT_EXPECT_TRUE(test, o->bio.bi_opf & REQ_PREFLUSH);
	ram_release(a);
	KUNIT_ASSERT_TRUE(test, owned_wait(o));

	/* both disks are flushed before the data come */
	ram_set_mode(a, RAM_NOW);
	ram_forget(a);
	ram_forget(b);
	owned_prepare(o, two, REQ_OP_WRITE | REQ_PREFLUSH, 9);
	submit_bio(&o->bio);
	KUNIT_ASSERT_TRUE(test, owned_wait(o));
	KUNIT_EXPECT_EQ(test, ram_count(a, REQ_OP_WRITE | REQ_PREFLUSH), 1);
	KUNIT_EXPECT_EQ(test, ram_count(b, REQ_OP_WRITE | REQ_PREFLUSH), 1);
	KUNIT_EXPECT_EQ(test, ram_came(b), 2);
	KUNIT_EXPECT_EQ(test, o->ends, 2);
}

static void empty_flush_goes_once_to_the_one_disk_and_is_not_throttled(struct kunit *test)
{
	struct ramdisk *ram = fx_disk_like(test, &(struct ram_options){
		.sectors = 1024, .features = DM_FEAT_WRITE_CACHE });
	struct mapped_device *md;

	md = fx_live(test, "0 8 linear %s 0\n8 8 linear %s 100\n16 8 linear %s 50", ram->name,
		     ram->name, ram->name);
	KUNIT_EXPECT_EQ(test, fx_io(test, md, REQ_OP_WRITE | REQ_PREFLUSH, 0, 0, 0), 0);
	KUNIT_EXPECT_EQ(test, ram_came(ram), 1);
	KUNIT_EXPECT_EQ(test, ram->seen[0].sectors, 0);
	/* CVE-2025-38063 */
	KUNIT_EXPECT_TRUE(test, ram->seen[0].opf & REQ_SYNC);
	KUNIT_EXPECT_TRUE(test, ram->seen[0].opf & REQ_IDLE);
}

static void io_over_a_boundary_goes_in_parts_and_ends_once(struct kunit *test)
{
	struct ramdisk *a = fx_disk(test, 1024), *b = fx_disk(test, 1024);
	struct mapped_device *md;
	struct fx_io *io;

	md = fx_live(test, "0 10 linear %s 0\n10 10 linear %s 500\n20 10 linear %s 50", a->name,
		     b->name, a->name);
	ram_set_mode(a, RAM_HOLD);
	ram_set_mode(b, RAM_HOLD);
	io = fx_submit(test, md->disk->part0, REQ_OP_WRITE, 5, 20, 3);
	KUNIT_EXPECT_EQ(test, ram_held(a), 2);
	KUNIT_EXPECT_EQ(test, ram_held(b), 1);
	ram_release(a);
	KUNIT_EXPECT_FALSE(test, fx_is_done(io));
	ram_release(b);
	KUNIT_EXPECT_EQ(test, fx_wait(test, io), 0);
	KUNIT_EXPECT_EQ(test, atomic_read(&io->ends), 1);
	KUNIT_EXPECT_EQ(test, ram_holds(a, 5, 5, 3, 5), 5);
	KUNIT_EXPECT_EQ(test, ram_holds(b, 500, 10, 3, 10), 10);
	KUNIT_EXPECT_EQ(test, ram_holds(a, 50, 5, 3, 20), 5);
}

static void error_of_any_part_is_the_error_of_the_whole(struct kunit *test)
{
	struct ramdisk *ram = fx_disk(test, 1024);
	struct mapped_device *md;
	unsigned int bad;

	md = fx_live(test, "0 10 linear %s 0\n10 10 linear %s 500\n20 10 linear %s 50",
		     ram->name, ram->name, ram->name);
	for (bad = 0; bad < 3; bad++) {
		static const sector_t at[] = { 9, 505, 50 };

		ram_fail(ram, at[bad], at[bad] + 1, BLK_STS_MEDIUM);
		KUNIT_EXPECT_EQ(test, fx_io(test, md, REQ_OP_READ, 5, 20, 0), -ENODATA);
	}
	ram_fail(ram, 0, 0, BLK_STS_OK);
	KUNIT_EXPECT_EQ(test, fx_io(test, md, REQ_OP_READ, 5, 20, 0), 0);
}

/* What a target type that is not in place has to see comes another way. */
static void rest_of_a_bio_may_go_another_way(struct kunit *test)
{
	struct ramdisk *ram = fx_disk(test, 1024);
	struct mapped_device *md;

	md = fx_live(test, "0 8 linear %s 0\n8 8 zero\n16 8 linear %s 8\n24 8 error", ram->name,
		     ram->name);
	ram_put(ram, 0, 16, 4, 0);
	KUNIT_EXPECT_EQ(test, fx_read(test, md, 0, 24, 4), 8);
	KUNIT_EXPECT_EQ(test, ram_came(ram), 2);
	KUNIT_EXPECT_EQ(test, fx_io(test, md, REQ_OP_READ, 0, 32, 0), -EIO);
	KUNIT_EXPECT_EQ(test, ram_came(ram), 4);
}

static void one_stripe_is_not_cut_up(struct kunit *test)
{
	struct ramdisk *ram = fx_disk(test, 4096);
	struct mapped_device *md = fx_live(test, "0 1024 striped 1 8 %s 30", ram->name);

	KUNIT_EXPECT_EQ(test, fx_io(test, md, REQ_OP_WRITE, 3, 200, 5), 0);
	KUNIT_EXPECT_EQ(test, ram_came(ram), 1);
	KUNIT_EXPECT_EQ(test, ram_holds(ram, 33, 200, 5, 3), 200);
}

static void chunks_that_are_neighbours_below_go_together(struct kunit *test)
{
	struct ramdisk *ram = fx_disk(test, 4096);
	struct mapped_device *md;

	/* one row: its three chunks are next to each other but for the last */
	md = fx_live(test, "0 24 striped 3 8 %s 100 %s 108 %s 200", ram->name, ram->name,
		     ram->name);
	KUNIT_EXPECT_EQ(test, fx_io(test, md, REQ_OP_WRITE, 1, 22, 6), 0);
	KUNIT_EXPECT_EQ(test, ram_came(ram), 2);
	KUNIT_EXPECT_EQ(test, ram_holds(ram, 101, 15, 6, 1), 15);
	KUNIT_EXPECT_EQ(test, ram_holds(ram, 200, 7, 6, 16), 7);
	KUNIT_EXPECT_EQ(test, fx_read(test, md, 1, 22, 6), 22);
}

static void extents_go_in_place_where_they_are_one_piece(struct kunit *test)
{
	static const blk_opf_t ops[] = {
		REQ_OP_DISCARD, REQ_OP_WRITE_ZEROES, REQ_OP_SECURE_ERASE,
	};
	struct ramdisk *ram = fx_disk(test, 4096);
	struct mapped_device *linear = fx_live(test, "0 64 linear %s 9", ram->name);
	struct mapped_device *striped;
	unsigned int i;

	striped = fx_live(test, "0 64 striped 2 8 %s 100 %s 200", ram->name, ram->name);
	for (i = 0; i < ARRAY_SIZE(ops); i++) {
		ram_forget(ram);
		KUNIT_EXPECT_EQ(test, fx_io(test, linear, ops[i], 1, 30, 0), 0);
		KUNIT_EXPECT_EQ(test, ram_came(ram), 1);
		KUNIT_EXPECT_EQ(test, (u64)ram->seen[0].sector, 10ULL);
		KUNIT_EXPECT_EQ(test, ram->seen[0].sectors, 30);
		/* within a chunk; and over four, which are one extent on each stripe */
		KUNIT_EXPECT_EQ(test, fx_io(test, striped, ops[i], 9, 6, 0), 0);
		KUNIT_EXPECT_EQ(test, ram_came(ram), 2);
		KUNIT_EXPECT_EQ(test, (u64)ram->seen[1].sector, 201ULL);
		KUNIT_EXPECT_EQ(test, fx_io(test, striped, ops[i], 0, 32, 0), 0);
		KUNIT_EXPECT_EQ(test, ram_came(ram), 4);
		KUNIT_EXPECT_EQ(test, ram->seen[2].sectors, 16);
	}
}

static void suspend_waits_for_what_is_under_way_in_place(struct kunit *test)
{
	struct ramdisk *ram = fx_disk(test, 1024);
	struct mapped_device *md = fx_live(test, "0 8 linear %s 0\n8 8 linear %s 100", ram->name,
					   ram->name);
	struct fx_io *whole, *parts;
	struct fx_job *job;

	ram_set_mode(ram, RAM_HOLD);
	whole = fx_submit(test, md->disk->part0, REQ_OP_WRITE, 0, 8, 1);
	parts = fx_submit(test, md->disk->part0, REQ_OP_WRITE, 4, 8, 2);
	job = fx_suspend_start(test, md, false);
	KUNIT_EXPECT_FALSE(test, fx_job_is_done(job));
	KUNIT_EXPECT_EQ(test, ram_release(ram), 3);
	KUNIT_EXPECT_EQ(test, fx_job_wait(test, job), 0);
	KUNIT_EXPECT_EQ(test, fx_wait(test, whole), 0);
	KUNIT_EXPECT_EQ(test, fx_wait(test, parts), 0);
	KUNIT_EXPECT_EQ(test, fx_resume(md), 0);
}

/*
 * A bio that another is chained to ends only after that one. Were it counted
 * until then, a suspend would wait for it, and it for the resume.
 */
static void suspend_does_not_wait_for_what_is_chained(struct kunit *test)
{
	struct ramdisk *ram = fx_disk(test, 1024);
	struct mapped_device *md = fx_live(test, "0 100 linear %s 0", ram->name);
	struct owned *parent = owned_make(test), *child = owned_make(test);

	owned_prepare(parent, md, REQ_OP_WRITE, 0);
	owned_prepare(child, md, REQ_OP_WRITE, 1);
	child->bio.bi_end_io = NULL;
	child->bio.bi_private = NULL;
	/* what is chained is put when it ends */
	bio_get(&child->bio);
	bio_chain(&child->bio, &parent->bio);

	submit_bio(&parent->bio);
	KUNIT_EXPECT_TRUE(test, FX_WAIT(ram_came(ram) == 1));
	KUNIT_ASSERT_EQ(test, dm_verb_suspend(md, true, false), 0);
	KUNIT_EXPECT_FALSE(test, completion_done(&parent->done));
	submit_bio(&child->bio);
	KUNIT_EXPECT_EQ(test, ram_came(ram), 1);
	KUNIT_EXPECT_EQ(test, fx_resume(md), 0);
	KUNIT_EXPECT_TRUE(test, owned_wait(parent));
	KUNIT_EXPECT_EQ(test, ram_came(ram), 2);
	KUNIT_EXPECT_EQ(test, parent->ends, 1);
}

static unsigned long reads_counted(struct mapped_device *md)
{
	return part_stat_read(md->disk->part0, ios[STAT_READ]);
}

static void io_is_counted_where_the_queue_says_so(struct kunit *test)
{
	struct ramdisk *ram = fx_disk(test, 1024);
	struct mapped_device *md = fx_live(test, "0 100 linear %s 0", ram->name);
	unsigned long before = reads_counted(md);
	struct fx_io *io;

	ram_set_mode(ram, RAM_HOLD);
	io = fx_submit(test, md->disk->part0, REQ_OP_READ, 0, 8, 0);
	KUNIT_EXPECT_EQ(test, reads_counted(md), before + 1);
	dm_compat_acct_switch(md->disk->queue, false);
	ram_release(ram);
	KUNIT_EXPECT_EQ(test, fx_wait(test, io), 0);
	ram_set_mode(ram, RAM_NOW);
	KUNIT_EXPECT_EQ(test, fx_io(test, md, REQ_OP_READ, 0, 8, 0), 0);
	KUNIT_EXPECT_EQ(test, reads_counted(md), before + 1);
	dm_compat_acct_switch(md->disk->queue, true);
	KUNIT_EXPECT_EQ(test, fx_io(test, md, REQ_OP_READ, 0, 8, 0), 0);
	KUNIT_EXPECT_EQ(test, reads_counted(md), before + 2);
}

static void free_objects_are_taken_as_often_as_they_were_added(struct kunit *test)
{
	struct dm_freelist __percpu *list = alloc_percpu(struct dm_freelist);
	void *objects[8][2], *taken;
	unsigned int i, j, found = 0;

	KUNIT_ASSERT_NOT_NULL(test, (__force void *)list);
	/* on one CPU from here on */
	migrate_disable();
	KUNIT_EXPECT_NULL(test, dm_freelist_take(list));
	for (i = 0; i < ARRAY_SIZE(objects); i++)
		dm_freelist_add(list, objects[i]);
	KUNIT_EXPECT_EQ(test, this_cpu_read(list->count), 8);
	for (i = 0; i < ARRAY_SIZE(objects); i++) {
		taken = dm_freelist_take(list);
		for (j = 0; j < ARRAY_SIZE(objects); j++)
			found += taken == objects[j];
	}
	KUNIT_EXPECT_EQ(test, found, 8);
	KUNIT_EXPECT_NULL(test, dm_freelist_take(list));
	KUNIT_EXPECT_EQ(test, this_cpu_read(list->count), 0);
	migrate_enable();
	free_percpu(list);
}

static void reserve_is_filled_before_the_list(struct kunit *test)
{
	struct dm_freelist __percpu *list = alloc_percpu(struct dm_freelist);
	mempool_t pool = { .min_nr = 4, .curr_nr = 4 };

	KUNIT_ASSERT_NOT_NULL(test, (__force void *)list);
	migrate_disable();
	KUNIT_EXPECT_TRUE(test, dm_freelist_wants(list, 2, &pool));
	pool.curr_nr = 3;
	KUNIT_EXPECT_FALSE(test, dm_freelist_wants(list, 2, &pool));
	pool.curr_nr = 4;
	this_cpu_write(list->count, 2);
	KUNIT_EXPECT_FALSE(test, dm_freelist_wants(list, 2, &pool));
	migrate_enable();
	free_percpu(list);
}

static struct kunit_case in_place_cases[] = {
	KUNIT_CASE(bio_goes_below_itself_and_comes_back_as_it_was),
	KUNIT_CASE(bio_can_be_sent_again_as_it_came_back),
	KUNIT_CASE(stack_sends_the_bio_itself_to_the_bottom),
	KUNIT_CASE(flush_with_data_goes_itself_where_one_disk_is_below),
	KUNIT_CASE(empty_flush_goes_once_to_the_one_disk_and_is_not_throttled),
	KUNIT_CASE(io_over_a_boundary_goes_in_parts_and_ends_once),
	KUNIT_CASE(error_of_any_part_is_the_error_of_the_whole),
	KUNIT_CASE(rest_of_a_bio_may_go_another_way),
	KUNIT_CASE(one_stripe_is_not_cut_up),
	KUNIT_CASE(chunks_that_are_neighbours_below_go_together),
	KUNIT_CASE(extents_go_in_place_where_they_are_one_piece),
	KUNIT_CASE(suspend_waits_for_what_is_under_way_in_place),
	KUNIT_CASE(suspend_does_not_wait_for_what_is_chained),
	KUNIT_CASE(io_is_counted_where_the_queue_says_so),
	KUNIT_CASE(free_objects_are_taken_as_often_as_they_were_added),
	KUNIT_CASE(reserve_is_filled_before_the_list),
	{ }
};

static struct kunit_suite in_place_suite = {
	.name = "dm_in_place",
	.suite_init = fx_suite_start,
	.suite_exit = fx_suite_stop,
	.init = fx_init,
	.exit = fx_exit,
	.test_cases = in_place_cases,
};

kunit_test_suite(in_place_suite);
