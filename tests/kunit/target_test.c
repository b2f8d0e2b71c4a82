// SPDX-License-Identifier: GPL-2.0
/* The contract of <linux/device-mapper.h> with targets, kept with scripted ones. */
#include "fixture.h"
#include "script.h"
#include "table.h"
#include "verbs.h"

static int negative_map(struct script *s, struct bio *bio)
{
	return -ENOMEM;
}

static int kill_map(struct script *s, struct bio *bio)
{
	return DM_MAPIO_KILL;
}

static int submitted_map(struct script *s, struct bio *bio)
{
	bio_endio(bio);
	return DM_MAPIO_SUBMITTED;
}

static int submitted_error_map(struct script *s, struct bio *bio)
{
	bio->bi_status = BLK_STS_NOSPC;
	bio_endio(bio);
	return DM_MAPIO_SUBMITTED;
}

struct map_case {
	const char *name;
	int (*map)(struct script *s, struct bio *bio);
	int error;
	int ends;	/* calls of end_io: for a bio that ended, not for one refused */
	int came;
};

static const struct map_case map_cases[] = {
	{ "remapped", NULL, 0, 1, 1 },
	{ "submitted", submitted_map, 0, 1, 0 },
	{ "submitted_with_an_error", submitted_error_map, -ENOSPC, 1, 0 },
	{ "kill", kill_map, -EIO, 0, 0 },
	{ "negative", negative_map, -ENOMEM, 0, 0 },
};

static void map_desc(const struct map_case *c, char *desc)
{
	strscpy(desc, c->name, KUNIT_PARAM_DESC_SIZE);
}

KUNIT_ARRAY_PARAM(map, map_cases, map_desc);

static void map_result_is_obeyed(struct kunit *test)
{
	const struct map_case *c = test->param_value;
	struct ramdisk *ram = fx_disk(test, 1024);
	struct mapped_device *md = fx_live(test, "0 64 kunit 0 %s 7", ram->name);

	script(0)->map = c->map;
	KUNIT_EXPECT_EQ(test, fx_io(test, md, REQ_OP_WRITE, 3, 8, 1), c->error);
	KUNIT_EXPECT_EQ(test, atomic_read(&script(0)->maps), 1);
	KUNIT_EXPECT_EQ(test, atomic_read(&script(0)->ends), c->ends);
	KUNIT_EXPECT_EQ(test, ram_came(ram), c->came);
	if (c->came)
		KUNIT_EXPECT_EQ(test, ram_holds(ram, 10, 8, 1, 3), 8);
	KUNIT_EXPECT_TRUE(test, FX_WAIT(!dm_inflight_sum(&md->inflight)));
}

/* Two targets of which one refuses: the I/O over both fails once. */
static void map_result_of_one_piece_fails_the_whole(struct kunit *test)
{
	const struct map_case *c = test->param_value;
	struct ramdisk *ram = fx_disk(test, 1024);
	struct mapped_device *md;

	md = fx_live(test, "0 8 kunit 0 %s 0\n8 8 kunit 1 %s 8\n16 8 kunit 2 %s 16", ram->name,
		     ram->name, ram->name);
	script(1)->map = c->map;
	KUNIT_EXPECT_EQ(test, fx_io(test, md, REQ_OP_WRITE, 0, 24, 1), c->error);
	KUNIT_EXPECT_TRUE(test, FX_WAIT(!dm_inflight_sum(&md->inflight)));
}

static int nospc_end(struct script *s, struct bio *bio, blk_status_t *status)
{
	*status = BLK_STS_NOSPC;
	return DM_ENDIO_DONE;
}

static int forgive_end(struct script *s, struct bio *bio, blk_status_t *status)
{
	*status = BLK_STS_OK;
	return DM_ENDIO_DONE;
}

static void end_io_may_change_the_status(struct kunit *test)
{
	struct ramdisk *ram = fx_disk(test, 1024);
	struct mapped_device *md = fx_live(test, "0 64 kunit 0 %s 0", ram->name);

	script(0)->end_io = nospc_end;
	KUNIT_EXPECT_EQ(test, fx_io(test, md, REQ_OP_WRITE, 0, 8, 1), -ENOSPC);
	ram_fail(ram, 0, 64, BLK_STS_MEDIUM);
	KUNIT_EXPECT_EQ(test, fx_io(test, md, REQ_OP_WRITE, 0, 8, 1), -ENOSPC);
	script(0)->end_io = NULL;
	KUNIT_EXPECT_EQ(test, fx_io(test, md, REQ_OP_WRITE, 0, 8, 1), -ENODATA);
	script(0)->end_io = forgive_end;
	KUNIT_EXPECT_EQ(test, fx_io(test, md, REQ_OP_WRITE, 0, 8, 1), 0);
	KUNIT_EXPECT_EQ(test, atomic_read(&script(0)->ends), 4);
}

/* INCOMPLETE: the target has the bio again, sends it a second time, and ends it. */
static int incomplete_once_end(struct script *s, struct bio *bio, blk_status_t *status)
{
	unsigned long irq;

	if (!*status)
		return DM_ENDIO_DONE;
	spin_lock_irqsave(&s->lock, irq);
	bio_list_add(&s->kept, bio);
	spin_unlock_irqrestore(&s->lock, irq);
	return DM_ENDIO_INCOMPLETE;
}

static void end_io_may_keep_the_bio(struct kunit *test)
{
	struct ramdisk *ram = fx_disk(test, 1024);
	struct mapped_device *md = fx_live(test, "0 64 kunit 0 %s 0", ram->name);
	struct fx_job *job;
	struct fx_io *io;
	struct bio *bio;

	script(0)->end_io = incomplete_once_end;
	ram_fail(ram, 0, 64, BLK_STS_IOERR);
	io = fx_submit(test, md->disk->part0, REQ_OP_WRITE, 0, 8, 1);
	KUNIT_ASSERT_TRUE(test, FX_WAIT(script_kept_count(script(0)) == 1));
	KUNIT_EXPECT_FALSE(test, fx_is_done(io));
	/* it counts as under way */
	job = fx_suspend_start(test, md, false);
	KUNIT_EXPECT_FALSE(test, fx_job_is_done(job));
	bio = script_kept(script(0));
	bio->bi_status = BLK_STS_OK;
	bio_endio(bio);
	KUNIT_EXPECT_EQ(test, fx_wait(test, io), 0);
	KUNIT_EXPECT_EQ(test, fx_job_wait(test, job), 0);
	KUNIT_EXPECT_EQ(test, atomic_read(&script(0)->ends), 2);
	KUNIT_EXPECT_EQ(test, fx_resume(md), 0);
}

static int one_map(struct script *s, struct bio *bio)
{
	dm_accept_partial_bio(bio, 1);
	return script_remap(s, bio);
}

static int three_map(struct script *s, struct bio *bio)
{
	dm_accept_partial_bio(bio, min(bio_sectors(bio), 3u));
	return script_remap(s, bio);
}

static int half_map(struct script *s, struct bio *bio)
{
	dm_accept_partial_bio(bio, (bio_sectors(bio) + 1) / 2);
	return script_remap(s, bio);
}

static int all_map(struct script *s, struct bio *bio)
{
	dm_accept_partial_bio(bio, bio_sectors(bio));
	return script_remap(s, bio);
}

struct partial_case {
	const char *name;
	int (*map)(struct script *s, struct bio *bio);
	int maps;	/* for 32 sectors */
};

static const struct partial_case partial_cases[] = {
	{ "one_by_one", one_map, 32 },
	{ "three_at_a_time", three_map, 11 },
	{ "half_of_what_is_left", half_map, 6 },
	{ "all", all_map, 1 },
};

static void partial_desc(const struct partial_case *c, char *desc)
{
	strscpy(desc, c->name, KUNIT_PARAM_DESC_SIZE);
}

KUNIT_ARRAY_PARAM(partial, partial_cases, partial_desc);

static void part_of_a_bio_may_be_accepted(struct kunit *test)
{
	const struct partial_case *c = test->param_value;
	struct ramdisk *ram = fx_disk(test, 1024);
	struct mapped_device *md;

	md = fx_live(test, "0 8 linear %s 900\n8 32 kunit 0 %s 100\n40 8 linear %s 950", ram->name,
		     ram->name, ram->name);
	script(0)->map = c->map;
	KUNIT_EXPECT_EQ(test, fx_io(test, md, REQ_OP_WRITE, 8, 32, 1), 0);
	KUNIT_EXPECT_EQ(test, atomic_read(&script(0)->maps), c->maps);
	KUNIT_EXPECT_EQ(test, atomic_read(&script(0)->ends), c->maps);
	KUNIT_EXPECT_EQ(test, ram_holds(ram, 100, 32, 1, 8), 32);
	KUNIT_EXPECT_EQ(test, fx_read(test, md, 8, 32, 1), 32);
	/* over both neighbours, ending later */
	ram_set_mode(ram, RAM_LATER);
	KUNIT_EXPECT_EQ(test, fx_io(test, md, REQ_OP_WRITE, 0, 48, 2), 0);
	KUNIT_EXPECT_EQ(test, fx_read(test, md, 0, 48, 2), 48);
	/* an error in one of the parts is an error of the whole */
	ram_fail(ram, 117, 118, BLK_STS_MEDIUM);
	KUNIT_EXPECT_EQ(test, fx_io(test, md, REQ_OP_WRITE, 0, 48, 3), -ENODATA);
	KUNIT_EXPECT_TRUE(test, FX_WAIT(!dm_inflight_sum(&md->inflight)));
}

/* Kept by map, sent on from elsewhere: dm_submit_bio_remap(). */
static void kept_bios_may_be_submitted_later(struct kunit *test)
{
	struct ramdisk *ram = fx_disk(test, 1024);
	struct mapped_device *md;
	struct fx_io *ios[3];
	struct bio *bio;
	unsigned int i;

	script(0)->accounts_remapped_io = true;
	script(0)->map = script_keep;
	md = fx_live(test, "0 64 kunit 0 %s 10", ram->name);
	for (i = 0; i < ARRAY_SIZE(ios); i++)
		ios[i] = fx_submit(test, md->disk->part0, REQ_OP_WRITE, 8 * i, 8, 1);
	KUNIT_EXPECT_EQ(test, script_kept_count(script(0)), 3);
	KUNIT_EXPECT_EQ(test, ram_came(ram), 0);
	KUNIT_EXPECT_EQ(test, dm_inflight_sum(&md->inflight), 3UL);
	while ((bio = script_kept(script(0))))
		dm_submit_bio_remap(bio, NULL);
	for (i = 0; i < ARRAY_SIZE(ios); i++)
		KUNIT_EXPECT_EQ(test, fx_wait(test, ios[i]), 0);
	KUNIT_EXPECT_EQ(test, ram_holds(ram, 10, 24, 1, 0), 24);
	KUNIT_EXPECT_EQ(test, atomic_read(&script(0)->ends), 3);
}

static void own_bio_end(struct bio *bio)
{
	struct bio *clone = bio->bi_private;

	clone->bi_status = bio->bi_status;
	bio_put(bio);
	bio_endio(clone);
}

/* The target's own bio in place of the one it was given, as dm-crypt does it. */
static void own_bio_may_be_submitted_instead(struct kunit *test)
{
	struct ramdisk *ram = fx_disk(test, 1024);
	struct mapped_device *md;
	struct bio *clone, *own;
	struct fx_io *io;

	script(0)->accounts_remapped_io = true;
	script(0)->map = script_keep;
	md = fx_live(test, "0 64 kunit 0 %s 10", ram->name);
	io = fx_submit(test, md->disk->part0, REQ_OP_WRITE, 0, 8, 1);
	clone = script_kept(script(0));
	KUNIT_ASSERT_NOT_NULL(test, clone);
	own = bio_alloc(script(0)->dev->bdev, 1, REQ_OP_WRITE, GFP_KERNEL);
	own->bi_iter.bi_sector = 500;
	own->bi_private = clone;
	own->bi_end_io = own_bio_end;
	__bio_add_page(own, virt_to_page(io->data), 8 * SECTOR_SIZE, 0);
	dm_submit_bio_remap(clone, own);
	KUNIT_EXPECT_EQ(test, fx_wait(test, io), 0);
	KUNIT_EXPECT_EQ(test, ram_holds(ram, 500, 8, 1, 0), 8);
	KUNIT_EXPECT_EQ(test, atomic_read(&script(0)->ends), 1);
}

/* Fill the data of each bio, and look whether they are still the same at its end. */
static int data_map(struct script *s, struct bio *bio)
{
	u8 *data = dm_per_bio_data(bio, s->per_io_data_size);

	if ((unsigned long)data % __alignof__(u64) ||
	    dm_bio_from_per_bio_data(data, s->per_io_data_size) != bio)
		return DM_MAPIO_KILL;
	memset(data, (u8)bio->bi_iter.bi_sector, s->per_io_data_size);
	return script_remap(s, bio);
}

static int data_end(struct script *s, struct bio *bio, blk_status_t *status)
{
	u8 *data = dm_per_bio_data(bio, s->per_io_data_size);

	/* the bio's own sector is gone by now: the data must be all alike */
	if (memchr_inv(data, data[0], s->per_io_data_size))
		*status = BLK_STS_PROTECTION;
	return DM_ENDIO_DONE;
}

static const unsigned int data_sizes[] = { 1, 4, 7, 8, 9, 16, 17, 100, 1024, 3001 };

static void data_size_desc(const unsigned int *size, char *desc)
{
	snprintf(desc, KUNIT_PARAM_DESC_SIZE, "%u_bytes", *size);
}

KUNIT_ARRAY_PARAM(data_size, data_sizes, data_size_desc);

static void data_of_each_bio_are_its_own(struct kunit *test)
{
	const unsigned int *size = test->param_value;
	struct ramdisk *ram = fx_disk(test, 4096);
	struct mapped_device *md;
	struct fx_io *ios[24];
	unsigned int i;

	/* another target of the table may need less */
	script(1)->per_io_data_size = 3;
	script(0)->per_io_data_size = *size;
	for (i = 0; i < 2; i++) {
		script(i)->map = data_map;
		script(i)->end_io = data_end;
	}
	md = fx_live(test, "0 1024 kunit 0 %s 0\n1024 1024 kunit 1 %s 1024", ram->name, ram->name);
	KUNIT_EXPECT_GE(test, fx_active(md)->per_io_data, *size);
	ram_set_mode(ram, RAM_HOLD);
	for (i = 0; i < ARRAY_SIZE(ios); i++)
		ios[i] = fx_submit(test, md->disk->part0, REQ_OP_WRITE, 84 * i, 16, 1);
	KUNIT_EXPECT_GE(test, ram_held(ram), ARRAY_SIZE(ios));
	ram_set_mode(ram, RAM_NOW);
	ram_release(ram);
	for (i = 0; i < ARRAY_SIZE(ios); i++)
		KUNIT_EXPECT_EQ(test, fx_wait(test, ios[i]), 0);
}

struct max_case {
	unsigned int max_io_len, begin, sector, sectors, pieces;
};

static const struct max_case max_cases[] = {
	{ 8, 0, 0, 8, 1 }, { 8, 0, 0, 9, 2 }, { 8, 0, 7, 2, 2 }, { 8, 0, 0, 64, 8 },
	/* it counts from the start of the target, not of the device */
	{ 8, 3, 3, 8, 1 }, { 8, 3, 8, 8, 2 }, { 1, 3, 3, 20, 20 },
	/* and need not be a power of two */
	{ 7, 0, 0, 21, 3 }, { 7, 5, 6, 7, 2 }, { 100, 1, 1, 90, 1 }, { 4096, 0, 0, 64, 1 },
};

static void max_desc(const struct max_case *c, char *desc)
{
	snprintf(desc, KUNIT_PARAM_DESC_SIZE, "max_%u_begin_%u_io_%u_to_%u", c->max_io_len,
		 c->begin, c->sector, c->sector + c->sectors);
}

KUNIT_ARRAY_PARAM(max, max_cases, max_desc);

static void io_is_cut_at_the_targets_limit(struct kunit *test)
{
	const struct max_case *c = test->param_value;
	struct ramdisk *ram = fx_disk(test, 1024);
	struct mapped_device *md;
	unsigned int i;

	script(0)->max_io_len = c->max_io_len;
	if (c->begin)
		md = fx_live(test, "0 %u zero\n%u 128 kunit 0 %s 0", c->begin, c->begin, ram->name);
	else
		md = fx_live(test, "0 128 kunit 0 %s 0", ram->name);
	KUNIT_EXPECT_EQ(test, fx_io(test, md, REQ_OP_WRITE, c->sector, c->sectors, 1), 0);
	KUNIT_EXPECT_EQ(test, ram_came(ram), c->pieces);
	for (i = 0; i < min(ram_came(ram), c->pieces); i++)
		KUNIT_EXPECT_EQ(test, (unsigned int)ram->seen[i].sector / c->max_io_len,
				((unsigned int)ram->seen[i].sector + ram->seen[i].sectors - 1) /
				c->max_io_len);
	KUNIT_EXPECT_EQ(test, ram_holds(ram, c->sector - c->begin, c->sectors, 1, c->sector),
			c->sectors);
}

static void limit_of_more_than_32_bits_is_refused(struct kunit *test)
{
	struct mapped_device *md = fx_device(test);

	script(0)->max_io_len = 1ULL << 32;
	KUNIT_EXPECT_EQ(test, fx_load(test, md, "0 8 kunit 0"), -EINVAL);
	script(0)->max_io_len = U32_MAX;
	KUNIT_EXPECT_EQ(test, fx_load(test, md, "0 8 kunit 0"), 0);
}

/* Swap I/O: a target that asks for it gets no more at once than the device allows. */
static void swap_io_is_limited_where_the_target_asks(struct kunit *test)
{
	struct ramdisk *ram = fx_disk(test, 1024);
	struct mapped_device *md;
	struct fx_io *io;

	script(0)->limit_swap_bios = true;
	md = fx_live(test, "0 64 kunit 0 %s 0\n64 64 kunit 1 %s 0", ram->name, ram->name);
	sema_init(&md->swap_bios, 1);
	ram_set_mode(ram, RAM_HOLD);
	io = fx_submit(test, md->disk->part0, REQ_OP_WRITE | REQ_SWAP, 0, 8, 1);
	KUNIT_EXPECT_EQ(test, READ_ONCE(md->swap_bios.count), 0);
	/* the other target, or other I/O, does not care */
	fx_submit(test, md->disk->part0, REQ_OP_WRITE | REQ_SWAP, 64, 8, 1);
	fx_submit(test, md->disk->part0, REQ_OP_WRITE, 0, 8, 1);
	KUNIT_EXPECT_EQ(test, ram_held(ram), 3);
	ram_set_mode(ram, RAM_NOW);
	ram_release(ram);
	KUNIT_EXPECT_EQ(test, fx_wait(test, io), 0);
	KUNIT_EXPECT_TRUE(test, FX_WAIT(READ_ONCE(md->swap_bios.count) == 1));
}

static struct kunit_case target_cases[] = {
	KUNIT_CASE_PARAM(map_result_is_obeyed, map_gen_params),
	KUNIT_CASE_PARAM(map_result_of_one_piece_fails_the_whole, map_gen_params),
	KUNIT_CASE(end_io_may_change_the_status),
	KUNIT_CASE(end_io_may_keep_the_bio),
	KUNIT_CASE_PARAM(part_of_a_bio_may_be_accepted, partial_gen_params),
	KUNIT_CASE(kept_bios_may_be_submitted_later),
	KUNIT_CASE(own_bio_may_be_submitted_instead),
	KUNIT_CASE_PARAM(data_of_each_bio_are_its_own, data_size_gen_params),
	KUNIT_CASE_PARAM(io_is_cut_at_the_targets_limit, max_gen_params),
	KUNIT_CASE(limit_of_more_than_32_bits_is_refused),
	KUNIT_CASE(swap_io_is_limited_where_the_target_asks),
	{ }
};

static struct kunit_suite target_suite = {
	.name = "dm_target",
	.suite_init = fx_suite_start,
	.suite_exit = fx_suite_stop,
	.init = fx_init,
	.exit = fx_exit,
	.test_cases = target_cases,
};

kunit_test_suite(target_suite);
