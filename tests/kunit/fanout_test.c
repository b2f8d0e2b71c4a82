// SPDX-License-Identifier: GPL-2.0
/* Several bios for one, and the pool that they come from when memory is short. */
#include <linux/mempool.h>

#include "fixture.h"
#include "script.h"
#include "table.h"
#include "verbs.h"

static int fail_one_map(struct script *s, struct bio *bio)
{
	if (dm_bio_get_target_bio_nr(bio) != 2)
		return script_remap(s, bio);
	bio->bi_status = BLK_STS_MEDIUM;
	bio_endio(bio);
	return DM_MAPIO_SUBMITTED;
}

struct fan_case {
	const char *name;
	enum req_op op;
	unsigned int flags;
	unsigned int sectors;
};

static const struct fan_case fan_cases[] = {
	{ "flush", REQ_OP_WRITE, (__force u32)REQ_PREFLUSH, 0 },
	{ "discard", REQ_OP_DISCARD, 0, 16 },
	{ "secure_erase", REQ_OP_SECURE_ERASE, 0, 16 },
	{ "write_zeroes", REQ_OP_WRITE_ZEROES, 0, 16 },
};

static void fan_desc(const struct fan_case *c, char *desc)
{
	strscpy(desc, c->name, KUNIT_PARAM_DESC_SIZE);
}

KUNIT_ARRAY_PARAM(fan, fan_cases, fan_desc);

static blk_opf_t fan_opf(const struct fan_case *c)
{
	return (__force blk_opf_t)((__force u32)c->op | c->flags);
}

static void fan_all(struct script *s, unsigned int count)
{
	s->num_flush_bios = count;
	s->num_discard_bios = count;
	s->num_secure_erase_bios = count;
	s->num_write_zeroes_bios = count;
}

/* A target gets as many bios as it asks for, numbered, each over the extent. */
static void fan_out_is_as_wide_as_the_target_wants(struct kunit *test)
{
	const struct fan_case *c = test->param_value;
	struct ramdisk *ram = fx_disk(test, 1024);
	struct mapped_device *md;
	unsigned int i;

	fan_all(script(0), 5);
	fan_all(script(1), 1);
	md = fx_live(test, "0 64 kunit 0 %s 100\n64 64 kunit 1 %s 200", ram->name, ram->name);
	ram_set_mode(ram, RAM_LATER);
	KUNIT_EXPECT_EQ(test, fx_io(test, md, fan_opf(c), 0, c->sectors, 0), 0);
	KUNIT_EXPECT_EQ(test, atomic_read(&script(0)->maps), 5);
	KUNIT_EXPECT_EQ(test, atomic_read(&script(0)->ends), 5);
	KUNIT_EXPECT_EQ(test, script(0)->numbers, 0x1f);
	/* a flush is for every target, an extent for its own */
	KUNIT_EXPECT_EQ(test, atomic_read(&script(1)->maps), c->sectors ? 0 : 1);
	KUNIT_EXPECT_EQ(test, ram_came(ram), c->sectors ? 5 : 6);
	for (i = 0; i < 5; i++) {
		KUNIT_EXPECT_EQ(test, ram->seen[i].sectors, c->sectors);
		if (c->sectors)
			KUNIT_EXPECT_EQ(test, (u64)ram->seen[i].sector, 100ULL);
	}
}

static void fan_out_fails_where_one_of_it_fails(struct kunit *test)
{
	const struct fan_case *c = test->param_value;
	struct ramdisk *ram = fx_disk(test, 1024);
	struct mapped_device *md;

	fan_all(script(0), 5);
	script(0)->map = fail_one_map;
	md = fx_live(test, "0 64 kunit 0 %s 0", ram->name);
	ram_set_mode(ram, RAM_LATER);
	KUNIT_EXPECT_EQ(test, fx_io(test, md, fan_opf(c), 0, c->sectors, 0), -ENODATA);
	/* the others were sent all the same, and waited for */
	KUNIT_EXPECT_EQ(test, atomic_read(&script(0)->maps), 5);
	KUNIT_EXPECT_EQ(test, atomic_read(&script(0)->ends), 5);
}

/* The block layer lets it through where another target of the table wants it. */
static void fan_out_of_none_is_not_supported(struct kunit *test)
{
	const struct fan_case *c = test->param_value;
	struct ramdisk *ram = fx_disk(test, 1024);
	struct queue_limits *lim;
	struct mapped_device *md;

	if (!c->sectors)
		return;
	md = fx_live(test, "0 64 kunit 0 %s 0", ram->name);
	KUNIT_EXPECT_EQ(test, fx_io(test, md, fan_opf(c), 0, c->sectors, 0), -EOPNOTSUPP);
	/* and the core itself, where it comes to that */
	lim = &md->disk->queue->limits;
	lim->max_discard_sectors = 1024;
	lim->max_secure_erase_sectors = 1024;
	lim->max_write_zeroes_sectors = 1024;
	KUNIT_EXPECT_EQ(test, fx_io(test, md, fan_opf(c), 0, c->sectors, 0), -EOPNOTSUPP);
	KUNIT_EXPECT_EQ(test, atomic_read(&script(0)->maps), 0);
	KUNIT_EXPECT_EQ(test, dm_inflight_sum(&md->inflight), 0UL);
}

static bool pool_is_short;

/* In the place of a pool's allocator: no memory but what is in reserve. */
static void *short_alloc(gfp_t gfp, void *data)
{
	return READ_ONCE(pool_is_short) ? NULL : mempool_alloc_slab(gfp, data);
}

/*
 * Once its reserve is used up, the pool of the device's table gives nothing more.
 * The pool is made anew, because KASAN goes by the allocator when it looks at
 * what is in reserve.
 */
static mempool_t *starve(struct kunit *test, struct mapped_device *md)
{
	mempool_t *pool = &fx_active(md)->clones.bio_pool;
	void *slab = pool->pool_data;
	int reserve = pool->min_nr;

	WRITE_ONCE(pool_is_short, false);
	mempool_exit(pool);
	KUNIT_ASSERT_EQ(test, mempool_init(pool, reserve, short_alloc, mempool_free_slab, slab), 0);
	WRITE_ONCE(pool_is_short, true);
	return pool;
}

static void feed(void)
{
	WRITE_ONCE(pool_is_short, false);
}

/* More bios than the reserve has: one after the other, each freeing the next. */
static void fan_out_gets_through_a_starved_pool(struct kunit *test)
{
	const struct fan_case *c = test->param_value;
	struct ramdisk *ram = fx_disk(test, 1024);
	struct mapped_device *md;
	const unsigned int wide = 28;

	fan_all(script(0), wide);
	md = fx_live(test, "0 64 kunit 0 %s 0", ram->name);
	KUNIT_ASSERT_LT(test, starve(test, md)->min_nr, (int)wide);
	ram_set_mode(ram, RAM_LATER);
	KUNIT_EXPECT_EQ(test, fx_io(test, md, fan_opf(c), 0, c->sectors, 0), 0);
	feed();
	KUNIT_EXPECT_EQ(test, atomic_read(&script(0)->maps), wide);
	KUNIT_EXPECT_EQ(test, script(0)->numbers, (1u << wide) - 1);
	KUNIT_EXPECT_EQ(test, ram_came(ram), wide);
}

/* Two of them at once, which share the reserve. */
static void fan_outs_share_a_starved_pool(struct kunit *test)
{
	const struct fan_case *c = test->param_value;
	struct ramdisk *ram = fx_disk(test, 1024);
	struct mapped_device *md;
	struct fx_io *ios[4];
	unsigned int i;

	fan_all(script(0), 28);
	md = fx_live(test, "0 64 kunit 0 %s 0", ram->name);
	starve(test, md);
	ram_set_mode(ram, RAM_LATER);
	for (i = 0; i < ARRAY_SIZE(ios); i++)
		ios[i] = fx_submit(test, md->disk->part0, fan_opf(c), 0, c->sectors, 0);
	for (i = 0; i < ARRAY_SIZE(ios); i++)
		KUNIT_EXPECT_EQ(test, fx_wait(test, ios[i]), 0);
	feed();
	KUNIT_EXPECT_EQ(test, atomic_read(&script(0)->maps), 4 * 28);
}

/* A suspend waits for what waits for memory, and gets it done. */
static void suspend_gets_starved_io_done(struct kunit *test)
{
	const struct fan_case *c = test->param_value;
	struct ramdisk *ram = fx_disk(test, 1024);
	struct mapped_device *md;
	struct fx_io *io;

	fan_all(script(0), 28);
	md = fx_live(test, "0 64 kunit 0 %s 0", ram->name);
	starve(test, md);
	ram_set_mode(ram, RAM_LATER);
	io = fx_submit(test, md->disk->part0, fan_opf(c), 0, c->sectors, 0);
	KUNIT_EXPECT_EQ(test, dm_verb_suspend(md, true, false), 0);
	KUNIT_EXPECT_EQ(test, atomic_read(&script(0)->ends), 28);
	feed();
	KUNIT_EXPECT_EQ(test, fx_wait(test, io), 0);
	KUNIT_EXPECT_EQ(test, fx_resume(md), 0);
}

/* CVE-2023-53860: what may not wait is told so at once, and leaves nothing behind. */
static void nowait_does_not_wait_for_the_pool_CVE_2023_53860(struct kunit *test)
{
	struct ramdisk *ram = fx_disk(test, 1024);
	struct fx_io *ios[64];
	struct mapped_device *md;
	unsigned int i, n;
	mempool_t *pool;

	fan_all(script(0), 28);
	md = fx_live(test, "0 64 kunit 0 %s 0", ram->name);
	pool = starve(test, md);
	ram_set_mode(ram, RAM_HOLD);
	/* fill up: the last of them finds nothing */
	for (n = 0; n < pool->min_nr; n++) {
		ios[n] = fx_submit(test, md->disk->part0, REQ_OP_WRITE | REQ_NOWAIT, 0, 8, 1);
		KUNIT_EXPECT_FALSE(test, fx_is_done(ios[n]));
	}
	KUNIT_EXPECT_EQ(test, fx_io(test, md, REQ_OP_WRITE | REQ_NOWAIT, 0, 8, 1), -EAGAIN);
	KUNIT_EXPECT_EQ(test, fx_io(test, md, REQ_OP_READ | REQ_NOWAIT, 0, 8, 1), -EAGAIN);
	KUNIT_EXPECT_EQ(test, fx_io(test, md, REQ_OP_DISCARD | REQ_NOWAIT, 0, 8, 1), -EAGAIN);
	KUNIT_EXPECT_EQ(test, dm_inflight_sum(&md->inflight), (unsigned long)n);
	ram_set_mode(ram, RAM_NOW);
	ram_release(ram);
	for (i = 0; i < n; i++)
		KUNIT_EXPECT_EQ(test, fx_wait(test, ios[i]), 0);
	/* a fan-out that does not fit the reserve was not sent in part */
	KUNIT_EXPECT_EQ(test, fx_io(test, md, REQ_OP_DISCARD | REQ_NOWAIT, 0, 8, 1), -EAGAIN);
	KUNIT_EXPECT_EQ(test, ram_count(ram, REQ_OP_DISCARD), 0);
	feed();
	KUNIT_EXPECT_EQ(test, fx_io(test, md, REQ_OP_WRITE | REQ_NOWAIT, 0, 8, 1), 0);
}

static int discard_job(struct fx_job *job)
{
	struct mapped_device *md = job->context;
	struct bio_vec vec;
	struct bio bio;
	int r;

	/* no data, so no memory but the clone */
	bio_init(&bio, md->disk->part0, &vec, 1, REQ_OP_DISCARD);
	bio.bi_iter.bi_size = 8 * SECTOR_SIZE;
	r = submit_bio_wait(&bio);
	bio_uninit(&bio);
	return r;
}

/* What may wait does, and goes on when another I/O ends. */
static void plain_io_waits_for_the_pool(struct kunit *test)
{
	struct ramdisk *ram = fx_disk(test, 1024);
	struct mapped_device *md;
	struct fx_job *job;
	mempool_t *pool;
	unsigned int i;

	fan_all(script(0), 1);
	md = fx_live(test, "0 64 kunit 0 %s 0", ram->name);
	pool = starve(test, md);
	ram_set_mode(ram, RAM_HOLD);
	for (i = 0; i < pool->min_nr; i++)
		fx_submit(test, md->disk->part0, REQ_OP_WRITE, 0, 8, 1);
	job = fx_job_start(test, discard_job, md);
	/* asked again and again, so no barrier pairs with it */
	KUNIT_EXPECT_TRUE(test, FX_WAIT(waitqueue_active(&pool->wait)));
	KUNIT_EXPECT_FALSE(test, fx_job_is_done(job));
	KUNIT_EXPECT_EQ(test, ram_count(ram, REQ_OP_DISCARD), 0);
	ram_set_mode(ram, RAM_NOW);
	ram_release(ram);
	KUNIT_EXPECT_EQ(test, fx_job_wait(test, job), 0);
	KUNIT_EXPECT_EQ(test, ram_count(ram, REQ_OP_DISCARD), 1);
	feed();
}

static struct kunit_case fanout_cases[] = {
	KUNIT_CASE_PARAM(fan_out_is_as_wide_as_the_target_wants, fan_gen_params),
	KUNIT_CASE_PARAM(fan_out_fails_where_one_of_it_fails, fan_gen_params),
	KUNIT_CASE_PARAM(fan_out_of_none_is_not_supported, fan_gen_params),
	KUNIT_CASE_PARAM(fan_out_gets_through_a_starved_pool, fan_gen_params),
	KUNIT_CASE_PARAM(fan_outs_share_a_starved_pool, fan_gen_params),
	KUNIT_CASE_PARAM(suspend_gets_starved_io_done, fan_gen_params),
	KUNIT_CASE(nowait_does_not_wait_for_the_pool_CVE_2023_53860),
	KUNIT_CASE(plain_io_waits_for_the_pool),
	{ }
};

static struct kunit_suite fanout_suite = {
	.name = "dm_fanout",
	.suite_init = fx_suite_start,
	.suite_exit = fx_suite_stop,
	.init = fx_init,
	.exit = fx_exit,
	.test_cases = fanout_cases,
};

kunit_test_suite(fanout_suite);
