// SPDX-License-Identifier: GPL-2.0
/* Inline encryption by disks below: device/crypto.c, and contexts on both paths. */
#include <linux/blk-crypto.h>
#include <linux/blk-crypto-profile.h>

#include "fixture.h"
#include "stats.h"

#ifdef CONFIG_BLK_INLINE_ENCRYPTION

#define XTS	BLK_ENCRYPTION_MODE_AES_256_XTS
#define ADIANTUM BLK_ENCRYPTION_MODE_ADIANTUM

/* What a disk can do, and how often it forgot a key. */
struct cryptodisk {
	struct blk_crypto_profile profile;
	struct ramdisk *ram;
	const struct blk_crypto_key *evicted;
	unsigned int evictions;
};

static int forget(struct blk_crypto_profile *profile, const struct blk_crypto_key *key,
		  unsigned int slot)
{
	struct cryptodisk *d = container_of(profile, struct cryptodisk, profile);

	d->evicted = key;
	d->evictions++;
	return 0;
}

static struct cryptodisk *cryptodisk(struct kunit *test, enum blk_crypto_mode_num mode,
				     unsigned int units, unsigned int dun_bytes)
{
	struct cryptodisk *d = kunit_kzalloc(test, sizeof(*d), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, d);
	KUNIT_ASSERT_EQ(test, blk_crypto_profile_init(&d->profile, 0), 0);
	d->profile.modes_supported[mode] = units;
	d->profile.max_dun_bytes_supported = dun_bytes;
	d->profile.ll_ops.keyslot_evict = forget;
	d->ram = fx_disk(test, 4096);
	KUNIT_ASSERT_TRUE(test, blk_crypto_register(&d->profile, d->ram->disk->queue));
	return d;
}

/* The disk outlives the test's memory. */
static void plain_again(struct cryptodisk *d)
{
	d->ram->disk->queue->crypto_profile = NULL;
	blk_crypto_profile_destroy(&d->profile);
}

static bool offers(struct mapped_device *md, enum blk_crypto_mode_num mode, unsigned int unit,
		   unsigned int dun_bytes)
{
	const struct blk_crypto_profile *p = md->disk->queue->crypto_profile;

	return p && (p->modes_supported[mode] & unit) && p->max_dun_bytes_supported >= dun_bytes;
}

static void what_all_disks_can_do_is_offered(struct kunit *test)
{
	struct cryptodisk *a = cryptodisk(test, XTS, 512 | 4096, 8);
	struct cryptodisk *b = cryptodisk(test, XTS, 4096, 4);
	struct mapped_device *one = fx_live(test, "0 100 linear %s 0", a->ram->name);
	struct mapped_device *two = fx_live(test, "0 64 striped 2 8 %s 0 %s 0", a->ram->name,
					    b->ram->name);
	struct mapped_device *both = fx_live(test, "0 8 linear %s 0\n8 8 linear %s 0",
					     a->ram->name, b->ram->name);

	KUNIT_EXPECT_TRUE(test, offers(one, XTS, 512, 8));
	KUNIT_EXPECT_TRUE(test, offers(one, XTS, 4096, 8));
	KUNIT_EXPECT_FALSE(test, offers(one, XTS, 1024, 8));
	KUNIT_EXPECT_FALSE(test, offers(one, ADIANTUM, 4096, 8));
	KUNIT_EXPECT_TRUE(test, offers(two, XTS, 4096, 4));
	KUNIT_EXPECT_FALSE(test, offers(two, XTS, 512, 4));
	KUNIT_EXPECT_FALSE(test, offers(two, XTS, 4096, 8));
	KUNIT_EXPECT_TRUE(test, offers(both, XTS, 4096, 4));
	KUNIT_EXPECT_FALSE(test, offers(both, XTS, 512, 4));
	plain_again(a);
	plain_again(b);
}

static void nothing_is_offered_where_some_disk_or_target_cannot(struct kunit *test)
{
	struct cryptodisk *a = cryptodisk(test, XTS, 4096, 8);
	struct ramdisk *plain = fx_disk(test, 1024);
	struct mapped_device *mixed = fx_live(test, "0 8 linear %s 0\n8 8 linear %s 0",
					      a->ram->name, plain->name);
	struct mapped_device *zero = fx_live(test, "0 8 linear %s 0\n8 8 zero", a->ram->name);
	struct mapped_device *none = fx_live(test, "0 8 linear %s 0", plain->name);

	KUNIT_EXPECT_FALSE(test, offers(mixed, XTS, 4096, 4));
	KUNIT_EXPECT_FALSE(test, offers(zero, XTS, 4096, 4));
	KUNIT_EXPECT_FALSE(test, offers(none, XTS, 4096, 4));
	KUNIT_EXPECT_NULL(test, none->crypto);
	plain_again(a);
}

static void what_was_offered_stays(struct kunit *test)
{
	struct cryptodisk *less = cryptodisk(test, XTS, 4096, 4);
	struct cryptodisk *more = cryptodisk(test, XTS, 512 | 4096, 8);
	struct mapped_device *md = fx_live(test, "0 8 linear %s 0", less->ram->name);

	fx_activate(test, md, "0 8 linear %s 0", more->ram->name);
	KUNIT_EXPECT_TRUE(test, offers(md, XTS, 512, 8));
	KUNIT_EXPECT_EQ(test, fx_load(test, md, "0 8 linear %s 0", less->ram->name), -EINVAL);
	KUNIT_EXPECT_EQ(test, fx_load(test, md, "0 8 zero"), -EINVAL);
	/* what fails all I/O may stand in for it */
	fx_activate(test, md, "0 8 error");
	KUNIT_EXPECT_TRUE(test, offers(md, XTS, 512, 8));
	KUNIT_EXPECT_EQ(test, fx_load(test, md, "0 8 linear %s 0", less->ram->name), -EINVAL);
	fx_activate(test, md, "0 8 linear %s 0", more->ram->name);
	KUNIT_EXPECT_TRUE(test, offers(md, XTS, 512, 8));
	fx_remove(test, md);
	plain_again(less);
	plain_again(more);
}

/* The block layer's own maker of keys is not for modules. */
static void key_make(struct blk_crypto_key *key, unsigned int unit)
{
	*key = (struct blk_crypto_key) {
		.crypto_cfg = { .crypto_mode = XTS, .data_unit_size = unit, .dun_bytes = 8 },
		.data_unit_size_bits = ilog2(unit),
		.size = 64,
		.raw = { 1, 2, 3 },
	};
}

static void a_key_is_forgotten_below(struct kunit *test)
{
	struct cryptodisk *a = cryptodisk(test, XTS, 4096, 8);
	struct cryptodisk *b = cryptodisk(test, XTS, 4096, 8);
	struct mapped_device *low = fx_live(test, "0 64 linear %s 0", a->ram->name);
	struct mapped_device *md = fx_live(test, "0 8 linear %s 0\n8 8 linear %s 0",
					   low->devname, b->ram->name);
	struct blk_crypto_key key;

	key_make(&key, 4096);
	blk_crypto_evict_key(md->disk->part0, &key);
	KUNIT_EXPECT_PTR_EQ(test, a->evicted, (const struct blk_crypto_key *)&key);
	KUNIT_EXPECT_PTR_EQ(test, b->evicted, (const struct blk_crypto_key *)&key);
	KUNIT_EXPECT_EQ(test, a->evictions, 1U);
	fx_remove(test, md);
	fx_remove(test, low);
	plain_again(a);
	plain_again(b);
}

/* Enough for three chunks. */
#define UNITS	3
#define UNIT	4096

static void crypt_endio(struct bio *bio)
{
	complete(bio->bi_private);
}

/*
 * A write of UNITS data units at @sector with data unit number @dun. Return: its status,
 * after each piece of it was looked at, below.
 */
static void units_go_down(struct kunit *test, struct mapped_device *md, struct cryptodisk *d,
			  sector_t sector, sector_t below)
{
	struct blk_crypto_key key;
	struct bio_crypt_ctx ctx = { .bc_key = &key, .bc_dun = { 1000 } };
	DECLARE_COMPLETION_ONSTACK(done);
	void *data = kunit_kzalloc(test, UNITS * UNIT, GFP_KERNEL);
	unsigned int units = 0, held;
	struct bio *bio, *piece, like;
	struct bio_vec vec;

	KUNIT_ASSERT_NOT_NULL(test, data);
	key_make(&key, UNIT);
	/* modules get a context only as the clone of one */
	bio_init(&like, md->disk->part0, &vec, 1, REQ_OP_WRITE);
	like.bi_iter.bi_sector = sector;
	__bio_add_page(&like, virt_to_page(data), UNITS * UNIT, offset_in_page(data));
	like.bi_crypt_context = &ctx;
	bio = bio_alloc_clone(md->disk->part0, &like, GFP_KERNEL, &fs_bio_set);
	like.bi_crypt_context = NULL;
	bio_uninit(&like);
	KUNIT_ASSERT_NOT_NULL(test, bio);
	bio->bi_end_io = crypt_endio;
	bio->bi_private = &done;

	ram_set_mode(d->ram, RAM_HOLD);
	submit_bio(bio);
	KUNIT_EXPECT_TRUE(test, FX_WAIT(ram_held(d->ram)));
	spin_lock_irq(&d->ram->lock);
	held = d->ram->held_count;
	bio_list_for_each(piece, &d->ram->held) {
		const struct bio_crypt_ctx *at = piece->bi_crypt_context;

		units += piece->bi_iter.bi_size / UNIT;
		KUNIT_EXPECT_NOT_NULL(test, at);
		if (!at)
			continue;
		KUNIT_EXPECT_PTR_EQ(test, at->bc_key, (const struct blk_crypto_key *)&key);
		KUNIT_EXPECT_EQ(test, at->bc_dun[0],
				1000 + (piece->bi_iter.bi_sector - below) * SECTOR_SIZE / UNIT);
	}
	spin_unlock_irq(&d->ram->lock);
	KUNIT_EXPECT_EQ(test, units, (unsigned int)UNITS);
	KUNIT_EXPECT_GE(test, held, 1U);
	ram_set_mode(d->ram, RAM_NOW);
	ram_release(d->ram);
	KUNIT_ASSERT_TRUE(test, wait_for_completion_timeout(&done, FX_LIMIT * HZ));
	KUNIT_EXPECT_EQ(test, blk_status_to_errno(bio->bi_status), 0);
	bio_put(bio);
}

static void contexts_go_down_in_place(struct kunit *test)
{
	struct cryptodisk *d = cryptodisk(test, XTS, UNIT, 8);
	struct mapped_device *whole = fx_live(test, "0 64 linear %s 8", d->ram->name);
	/* a boundary after the first unit: contiguous below, but two targets */
	struct mapped_device *cut = fx_live(test, "0 16 linear %s 128\n16 48 linear %s 144",
					    d->ram->name, d->ram->name);

	units_go_down(test, whole, d, 8, 16);
	units_go_down(test, cut, d, 8, 136);
	fx_remove(test, whole);
	fx_remove(test, cut);
	plain_again(d);
}

static void contexts_go_down_in_clones(struct kunit *test)
{
	struct cryptodisk *d = cryptodisk(test, XTS, UNIT, 8);
	struct mapped_device *cut = fx_live(test, "0 16 linear %s 128\n16 48 linear %s 144",
					    d->ram->name, d->ram->name);
	struct dm_stats_spec spec = { .end = 64, .step = 64, .program = "", .aux = "" };

	/* statistics are kept on the clone path */
	KUNIT_ASSERT_GE(test, dm_stats_create(&cut->stats, &spec), 0);
	units_go_down(test, cut, d, 8, 136);
	fx_remove(test, cut);
	plain_again(d);
}

static struct kunit_case crypto_cases[] = {
	KUNIT_CASE(what_all_disks_can_do_is_offered),
	KUNIT_CASE(nothing_is_offered_where_some_disk_or_target_cannot),
	KUNIT_CASE(what_was_offered_stays),
	KUNIT_CASE(a_key_is_forgotten_below),
	KUNIT_CASE(contexts_go_down_in_place),
	KUNIT_CASE(contexts_go_down_in_clones),
	{}
};

static struct kunit_suite crypto_suite = {
	.name = "dm_crypto",
	.suite_init = fx_suite_start,
	.suite_exit = fx_suite_stop,
	.init = fx_init,
	.exit = fx_exit,
	.test_cases = crypto_cases,
};

kunit_test_suite(crypto_suite);

#endif
