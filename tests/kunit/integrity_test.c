// SPDX-License-Identifier: GPL-2.0
/* Integrity data that come with a bio, and the profiles below: io/clone.c, table/limits.c. */
#include <linux/blk-integrity.h>

#include "compat/limits.h"
#include "fixture.h"
#include "script.h"

#define TUPLE	8	/* bytes of integrity data for each sector */
#define SECTORS	24	/* of the bio */
#define SEED	5000	/* what it calls its first sector */

static struct ramdisk *protected(struct kunit *test, unsigned int tag)
{
	struct ramdisk *ram = fx_disk(test, 4096);

	dm_compat_profile_give(ram->disk, TUPLE, tag);
	return ram;
}

static void a_profile_that_all_have_is_offered(struct kunit *test)
{
	struct ramdisk *a = protected(test, 2), *b = protected(test, 2);
	struct ramdisk *other = protected(test, 6), *plain = fx_disk(test, 1024);
	struct mapped_device *md = fx_live(test, "0 8 linear %s 0\n8 8 linear %s 0", a->name,
					   b->name);
	struct blk_integrity *bi = blk_get_integrity(md->disk);

	KUNIT_ASSERT_NOT_NULL(test, bi);
	KUNIT_EXPECT_EQ(test, bi->tuple_size, TUPLE);
	KUNIT_EXPECT_EQ(test, bi->tag_size, 2);
	KUNIT_EXPECT_EQ(test, bi->interval_exp, SECTOR_SHIFT);

	fx_activate(test, md, "0 8 linear %s 0\n8 8 linear %s 0", a->name, other->name);
	KUNIT_EXPECT_NULL(test, blk_get_integrity(md->disk));
	fx_activate(test, md, "0 8 linear %s 0", other->name);
	KUNIT_EXPECT_NOT_NULL(test, blk_get_integrity(md->disk));
	fx_activate(test, md, "0 8 linear %s 0\n8 8 linear %s 0", plain->name, a->name);
	KUNIT_EXPECT_NULL(test, blk_get_integrity(md->disk));
	fx_activate(test, md, "0 8 linear %s 0\n8 8 zero", a->name);
	KUNIT_EXPECT_NULL(test, blk_get_integrity(md->disk));
}

static void integrity_endio(struct bio *bio)
{
	complete(bio->bi_private);
}

/* A write of SECTORS at @sector whose integrity data count from zero, a u64 each. */
struct guarded {
	struct bio *bio;
	u64 *tuples;
	struct completion done;
};

static struct guarded *guarded_submit(struct kunit *test, struct mapped_device *md,
				      sector_t sector)
{
	struct guarded *g = kunit_kzalloc(test, sizeof(*g), GFP_KERNEL);
	void *data = kunit_kzalloc(test, SECTORS * SECTOR_SIZE, GFP_KERNEL);
	struct bio_integrity_payload *bip;
	unsigned int i;

	KUNIT_ASSERT_NOT_NULL(test, g);
	KUNIT_ASSERT_NOT_NULL(test, data);
	g->tuples = kunit_kzalloc(test, SECTORS * TUPLE, GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, g->tuples);
	for (i = 0; i < SECTORS; i++)
		g->tuples[i] = i;
	init_completion(&g->done);
	g->bio = bio_alloc(md->disk->part0, 1, REQ_OP_WRITE, GFP_KERNEL);
	g->bio->bi_iter.bi_sector = sector;
	__bio_add_page(g->bio, virt_to_page(data), SECTORS * SECTOR_SIZE, offset_in_page(data));
	bip = bio_integrity_alloc(g->bio, GFP_KERNEL, 1);
	KUNIT_ASSERT_FALSE(test, IS_ERR(bip));
	bip->bip_iter.bi_size = SECTORS * TUPLE;
	bip_set_seed(bip, SEED);
	KUNIT_ASSERT_EQ(test, bio_integrity_add_page(g->bio, virt_to_page(g->tuples),
						     SECTORS * TUPLE,
						     offset_in_page(g->tuples)), SECTORS * TUPLE);
	g->bio->bi_end_io = integrity_endio;
	g->bio->bi_private = &g->done;
	submit_bio(g->bio);
	return g;
}

static int guarded_wait(struct kunit *test, struct guarded *g)
{
	int r = -ETIMEDOUT;

	if (wait_for_completion_timeout(&g->done, FX_LIMIT * HZ)) {
		r = blk_status_to_errno(g->bio->bi_status);
		bio_put(g->bio);
	}
	return r;
}

/* Each piece that is held has the integrity data of just its sectors. */
static void pieces_check(struct kunit *test, struct ramdisk *ram, sector_t below,
			 unsigned int want)
{
	unsigned int pieces = 0;
	struct bio *bio;

	spin_lock_irq(&ram->lock);
	bio_list_for_each(bio, &ram->held) {
		struct bio_integrity_payload *bip = bio_integrity(bio);
		unsigned int at = bio->bi_iter.bi_sector - below;
		struct bio_vec bv;

		pieces++;
		KUNIT_EXPECT_NOT_NULL(test, bip);
		if (!bip)
			continue;
		KUNIT_EXPECT_EQ(test, bip->bip_iter.bi_size, bio_sectors(bio) * TUPLE);
		KUNIT_EXPECT_EQ(test, (u64)bip_get_seed(bip), (u64)SEED + at);
		bv = bvec_iter_bvec(bip->bip_vec, bip->bip_iter);
		KUNIT_EXPECT_EQ(test, *(u64 *)bvec_virt(&bv), (u64)at);
	}
	spin_unlock_irq(&ram->lock);
	KUNIT_EXPECT_EQ(test, pieces, want);
}

/* A write at 8 of the device, which is at 100 of the disk, comes there in three pieces. */
static void write_in_three(struct kunit *test, struct mapped_device *md, struct ramdisk *ram)
{
	struct guarded *g;

	ram_set_mode(ram, RAM_HOLD);
	g = guarded_submit(test, md, 8);
	KUNIT_EXPECT_TRUE(test, FX_WAIT(ram_held(ram) == 3));
	pieces_check(test, ram, 108, 3);
	ram_set_mode(ram, RAM_NOW);
	ram_release(ram);
	KUNIT_EXPECT_EQ(test, guarded_wait(test, g), 0);
}

static void pieces_have_the_data_of_their_sectors(struct kunit *test)
{
	struct ramdisk *ram = protected(test, 2);
	/* boundaries after 5 and 12 sectors of the bio; contiguous below */
	struct mapped_device *md = fx_live(test,
					   "0 13 linear %s 100\n13 7 linear %s 113\n20 80 linear %s 120",
					   ram->name, ram->name, ram->name);

	write_in_three(test, md, ram);
}

static int take_ten(struct script *s, struct bio *bio)
{
	if (bio_sectors(bio) > 10)
		dm_accept_partial_bio(bio, 10);
	return script_remap(s, bio);
}

static void an_unknown_target_gets_none_offered(struct kunit *test)
{
	struct ramdisk *ram = protected(test, 2);
	struct mapped_device *md = fx_live(test, "0 100 kunit 0 %s 100", ram->name);

	KUNIT_EXPECT_NULL(test, blk_get_integrity(md->disk));
}

static void what_a_target_takes_in_part_has_its_data(struct kunit *test)
{
	struct ramdisk *ram = protected(test, 2);
	struct mapped_device *md;

	script(0)->map = take_ten;
	md = fx_live(test, "0 100 kunit 0 %s 100", ram->name);
	/* the target does not say that it passes them: put them in by hand */
	dm_compat_profile_give(md->disk, TUPLE, 2);
	write_in_three(test, md, ram);
}

static void data_for_a_table_that_is_gone_fail(struct kunit *test)
{
	struct ramdisk *ram = protected(test, 2), *plain = fx_disk(test, 1024);
	struct mapped_device *md = fx_live(test, "0 13 linear %s 100\n13 80 linear %s 113",
					   ram->name, ram->name);
	struct guarded *g;

	fx_activate(test, md, "0 13 linear %s 100\n13 80 linear %s 113", plain->name, plain->name);
	g = guarded_submit(test, md, 8);
	KUNIT_EXPECT_EQ(test, guarded_wait(test, g), -EOPNOTSUPP);
	KUNIT_EXPECT_EQ(test, ram_came(plain), 0U);
}

static struct kunit_case integrity_cases[] = {
	KUNIT_CASE(a_profile_that_all_have_is_offered),
	KUNIT_CASE(pieces_have_the_data_of_their_sectors),
	KUNIT_CASE(an_unknown_target_gets_none_offered),
	KUNIT_CASE(what_a_target_takes_in_part_has_its_data),
	KUNIT_CASE(data_for_a_table_that_is_gone_fail),
	{}
};

static struct kunit_suite integrity_suite = {
	.name = "dm_integrity_data",
	.suite_init = fx_suite_start,
	.suite_exit = fx_suite_stop,
	.init = fx_init,
	.exit = fx_exit,
	.test_cases = integrity_cases,
};

kunit_test_suite(integrity_suite);
