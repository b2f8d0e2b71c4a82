// SPDX-License-Identifier: GPL-2.0
/* Request-based devices: which tables make one, and the way of a request. */
#include <linux/blk-mq.h>
#include <linux/module.h>

#include "fixture.h"
#include "queue.h"
#include "rqdisk.h"
#include "table.h"
#include "verbs.h"

#define MAX_RQDISKS 2
#define MAGIC 0x72717271

/* What the only target that takes requests does, and what it saw. */
static struct {
	struct rqdisk *disks[MAX_RQDISKS];
	unsigned int disk_count;

	int map;		/* the answer, while @map_times is not used up */
	int map_times;
	int end;		/* likewise, to an error */
	int end_times;
	bool busy;
	size_t per_io_data;
	unsigned int max_io_len;

	atomic_t maps, ends, undone, released, busy_asked;
	unsigned int spoilt;	/* its data of a request were not what it put there */
	blk_status_t status;	/* of the last end */
} rqt;

struct rqt_data {
	u32 magic;
	struct request *rq;
};

static int rqt_ctr(struct dm_target *ti, unsigned int argc, char **argv)
{
	struct dm_dev *dev;
	int r;

	ti->per_io_data_size = rqt.per_io_data;
	ti->max_io_len = rqt.max_io_len;
	ti->num_flush_bios = 1;
	ti->num_discard_bios = 1;
	r = dm_get_device(ti, argv[0], dm_table_get_mode(ti->table), &dev);
	ti->private = dev;
	return r;
}

static void rqt_dtr(struct dm_target *ti)
{
	dm_put_device(ti, ti->private);
}

static int rqt_clone_and_map(struct dm_target *ti, struct request *rq, union map_info *info,
			     struct request **clone)
{
	struct dm_dev *dev = ti->private;
	struct rqt_data *data = info->ptr;
	struct request *made;

	atomic_inc(&rqt.maps);
	if (rqt.map_times && rqt.map_times--)
		return rqt.map;
	made = blk_mq_alloc_request(bdev_get_queue(dev->bdev), rq->cmd_flags | REQ_NOMERGE,
				    BLK_MQ_REQ_NOWAIT);
	if (IS_ERR(made))
		return DM_MAPIO_REQUEUE;
	made->bio = NULL;
	made->biotail = NULL;
	if (rqt.per_io_data)
		*data = (struct rqt_data) { .magic = MAGIC, .rq = rq };
	*clone = made;
	return DM_MAPIO_REMAPPED;
}

static void rqt_release(struct request *clone, union map_info *info)
{
	atomic_inc(info ? &rqt.undone : &rqt.released);
	blk_mq_free_request(clone);
}

static int rqt_end_io(struct dm_target *ti, struct request *clone, blk_status_t status,
		      union map_info *info)
{
	const struct rqt_data *data = info->ptr;

	atomic_inc(&rqt.ends);
	rqt.status = status;
	if (rqt.per_io_data && (data->magic != MAGIC || data->rq != clone->end_io_data))
		rqt.spoilt++;
	if (status && rqt.end_times && rqt.end_times--)
		return rqt.end;
	return DM_ENDIO_DONE;
}

static int rqt_busy(struct dm_target *ti)
{
	atomic_inc(&rqt.busy_asked);
	return rqt.busy;
}

static int rqt_iterate(struct dm_target *ti, iterate_devices_callout_fn fn, void *data)
{
	return fn(ti, ti->private, 0, ti->len, data);
}

static int rqt_map(struct dm_target *ti, struct bio *bio)
{
	bio_set_dev(bio, ((struct dm_dev *)ti->private)->bdev);
	return DM_MAPIO_REMAPPED;
}

#define RQT_TYPE(type_name, type_features, map_fn) \
{ \
	.name = type_name, \
	.version = { 1, 0, 0 }, \
	.features = type_features, \
	.module = THIS_MODULE, \
	.ctr = rqt_ctr, \
	.dtr = rqt_dtr, \
	.map = map_fn, \
	.clone_and_map_rq = rqt_clone_and_map, \
	.release_clone_rq = rqt_release, \
	.rq_end_io = rqt_end_io, \
	.busy = rqt_busy, \
	.iterate_devices = rqt_iterate, \
}

static struct target_type types[] = {
	RQT_TYPE("kunit-rq", DM_TARGET_IMMUTABLE, NULL),
	RQT_TYPE("kunit-rq-any", 0, NULL),
	RQT_TYPE("kunit-rq-both", DM_TARGET_IMMUTABLE, rqt_map),
};

static int rqt_suite_start(struct kunit_suite *suite)
{
	unsigned int i;
	int r;

	r = fx_suite_start(suite);
	if (r)
		return r;
	r = rqdisk_start();
	for (i = 0; !r && i < ARRAY_SIZE(types); i++)
		r = dm_register_target(&types[i]);
	return r;
}

static void rqt_suite_stop(struct kunit_suite *suite)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(types); i++)
		dm_unregister_target(&types[i]);
	rqdisk_stop();
	fx_suite_stop(suite);
}

static int rqt_init(struct kunit *test)
{
	memset(&rqt, 0, sizeof(rqt));
	rqt.per_io_data = sizeof(struct rqt_data);
	return fx_init(test);
}

static void rqt_exit(struct kunit *test)
{
	unsigned int i;

	rqt.busy = false;
	rqt.map_times = 0;
	rqt.end_times = 0;
	for (i = 0; i < rqt.disk_count; i++)
		rqdisk_hold(rqt.disks[i], false);
	fx_exit(test);
	while (rqt.disk_count)
		rqdisk_destroy(rqt.disks[--rqt.disk_count]);
}

static struct rqdisk *rqdisk_like(struct kunit *test, bool sleeps)
{
	struct rqdisk *rd;

	KUNIT_ASSERT_LT(test, rqt.disk_count, MAX_RQDISKS);
	rd = rqdisk_create(256, sleeps);
	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, rd);
	rqt.disks[rqt.disk_count++] = rd;
	return rd;
}

static struct rqdisk *rqdisk(struct kunit *test)
{
	return rqdisk_like(test, false);
}

static struct fx_io *submit(struct kunit *test, struct mapped_device *md, blk_opf_t opf,
			    sector_t sector, unsigned int sectors, u32 seed)
{
	return fx_submit(test, md->disk->part0, opf, sector, sectors, seed);
}

/* A bio ends with its clone, before the request does and the target is told. */
static void settle(struct kunit *test, struct mapped_device *md)
{
	KUNIT_EXPECT_TRUE(test, FX_WAIT(!dm_inflight_sum(&md->inflight)));
}

static void io_reaches_the_disk(struct kunit *test)
{
	struct rqdisk *rd = rqdisk(test);
	struct mapped_device *md = fx_live(test, "0 256 kunit-rq %s", rd->name);

	KUNIT_EXPECT_EQ(test, md->type, DM_TYPE_REQUEST_BASED);
	KUNIT_EXPECT_TRUE(test, queue_is_mq(md->disk->queue));
	KUNIT_EXPECT_EQ(test, fx_io(test, md, REQ_OP_WRITE, 8, 16, 1), 0);
	KUNIT_EXPECT_EQ(test, ram_match(rqdisk_at(rd, 8), 16, 1, 8), 16);
	KUNIT_EXPECT_EQ(test, fx_read(test, md, 8, 16, 1), 16);
	settle(test, md);
	KUNIT_EXPECT_EQ(test, atomic_read(&rqt.maps), 2);
	KUNIT_EXPECT_EQ(test, atomic_read(&rqt.ends), 2);
	KUNIT_EXPECT_EQ(test, atomic_read(&rqt.released), 2);
	KUNIT_EXPECT_EQ(test, atomic_read(&rqt.undone), 0);
	KUNIT_EXPECT_EQ(test, rqt.spoilt, 0);
}

/* The target puts it back; it comes again, without anybody's doing. */
static void requeue_from_map_tries_again(struct kunit *test)
{
	static const int answers[] = { DM_MAPIO_REQUEUE, DM_MAPIO_DELAY_REQUEUE };
	struct rqdisk *rd = rqdisk(test);
	struct mapped_device *md = fx_live(test, "0 256 kunit-rq %s", rd->name);
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(answers); i++) {
		rqdisk_forget(rd);
		atomic_set(&rqt.maps, 0);
		rqt.map = answers[i];
		rqt.map_times = 3;
		KUNIT_EXPECT_EQ(test, fx_io(test, md, REQ_OP_WRITE, 8 * i, 8, 1), 0);
		settle(test, md);
		KUNIT_EXPECT_EQ(test, atomic_read(&rqt.maps), 4);
		KUNIT_EXPECT_EQ(test, rqdisk_came(rd), 1);
	}
	KUNIT_EXPECT_EQ(test, ram_match(rqdisk_at(rd, 0), 16, 1, 0), 16);
}

static void kill_from_map_fails_the_io(struct kunit *test)
{
	struct rqdisk *rd = rqdisk(test);
	struct mapped_device *md = fx_live(test, "0 256 kunit-rq %s", rd->name);

	rqt.map = DM_MAPIO_KILL;
	rqt.map_times = 1;
	KUNIT_EXPECT_EQ(test, fx_io(test, md, REQ_OP_WRITE, 0, 8, 1), -EIO);
	KUNIT_EXPECT_EQ(test, atomic_read(&rqt.ends), 0);
	KUNIT_EXPECT_EQ(test, atomic_read(&rqt.released), 0);
	KUNIT_EXPECT_EQ(test, rqdisk_came(rd), 0);
	KUNIT_EXPECT_EQ(test, fx_io(test, md, REQ_OP_WRITE, 0, 8, 1), 0);
}

static void busy_target_is_asked_again(struct kunit *test)
{
	struct rqdisk *rd = rqdisk(test);
	struct mapped_device *md = fx_live(test, "0 256 kunit-rq %s", rd->name);
	struct fx_io *io;

	rqt.busy = true;
	io = submit(test, md, REQ_OP_WRITE, 0, 8, 1);
	KUNIT_EXPECT_TRUE(test, FX_WAIT(atomic_read(&rqt.busy_asked) > 2));
	KUNIT_EXPECT_FALSE(test, fx_is_done(io));
	KUNIT_EXPECT_EQ(test, atomic_read(&rqt.maps), 0);
	rqt.busy = false;
	KUNIT_EXPECT_EQ(test, fx_wait(test, io), 0);
}

/* The disk below is busy: the target undoes what it did, and is asked again. */
static void busy_disk_is_tried_again(struct kunit *test)
{
	struct rqdisk *rd = rqdisk(test);
	struct mapped_device *md = fx_live(test, "0 256 kunit-rq %s", rd->name);

	rqdisk_busy(rd, 3);
	KUNIT_EXPECT_EQ(test, fx_io(test, md, REQ_OP_WRITE, 0, 8, 1), 0);
	settle(test, md);
	KUNIT_EXPECT_EQ(test, atomic_read(&rqt.undone), 3);
	KUNIT_EXPECT_EQ(test, atomic_read(&rqt.released), 1);
	KUNIT_EXPECT_EQ(test, atomic_read(&rqt.ends), 1);
	KUNIT_EXPECT_EQ(test, rqdisk_came(rd), 1);
	KUNIT_EXPECT_EQ(test, ram_match(rqdisk_at(rd, 0), 8, 1, 0), 8);
}

static void disk_that_sleeps_is_given_io_where_it_may(struct kunit *test)
{
	struct rqdisk *rd = rqdisk_like(test, true);
	struct mapped_device *md = fx_live(test, "0 256 kunit-rq %s", rd->name);

	rqdisk_busy(rd, 2);
	KUNIT_EXPECT_EQ(test, fx_io(test, md, REQ_OP_WRITE, 0, 8, 1), 0);
	KUNIT_EXPECT_EQ(test, atomic_read(&rqt.undone), 2);
	KUNIT_EXPECT_EQ(test, rqdisk_came(rd), 1);
	KUNIT_EXPECT_EQ(test, fx_read(test, md, 0, 8, 1), 8);
}

static void error_below_is_the_error_above(struct kunit *test)
{
	struct rqdisk *rd = rqdisk(test);
	struct mapped_device *md = fx_live(test, "0 256 kunit-rq %s", rd->name);

	rqdisk_fail(rd, 0, 8, BLK_STS_NOSPC);
	KUNIT_EXPECT_EQ(test, fx_io(test, md, REQ_OP_WRITE, 0, 8, 1), -ENOSPC);
	KUNIT_EXPECT_TRUE(test, rqt.status == BLK_STS_NOSPC);
	KUNIT_EXPECT_EQ(test, fx_io(test, md, REQ_OP_WRITE, 8, 8, 1), 0);
}

/* What the target has put back after an error is sent once more. */
static void requeue_from_end_tries_again(struct kunit *test)
{
	static const int answers[] = { DM_ENDIO_REQUEUE, DM_ENDIO_DELAY_REQUEUE };
	struct rqdisk *rd = rqdisk(test);
	struct mapped_device *md = fx_live(test, "0 256 kunit-rq %s", rd->name);
	struct fx_io *io;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(answers); i++) {
		rqdisk_forget(rd);
		rqdisk_fail(rd, 0, 64, BLK_STS_IOERR);
		rqdisk_hold(rd, true);
		rqt.end = answers[i];
		rqt.end_times = INT_MAX;
		io = submit(test, md, REQ_OP_WRITE, 8 * i, 8, 1);
		KUNIT_ASSERT_TRUE(test, FX_WAIT(rqdisk_held(rd) == 1));
		rqdisk_hold(rd, false);
		/* it may come again, and fail again, before that */
		rqdisk_fail(rd, 0, 0, BLK_STS_OK);
		KUNIT_EXPECT_EQ(test, fx_wait(test, io), 0);
		KUNIT_EXPECT_GE(test, rqdisk_came(rd), 2);
	}
	KUNIT_EXPECT_EQ(test, ram_match(rqdisk_at(rd, 0), 16, 1, 0), 16);
}

/* Two bios merged into one request, of which the second fails. */
static void merged_pair(struct kunit *test, struct mapped_device *md, struct fx_io **ios)
{
	struct blk_plug plug;

	blk_start_plug(&plug);
	ios[0] = submit(test, md, REQ_OP_WRITE, 0, 8, 1);
	ios[1] = submit(test, md, REQ_OP_WRITE, 8, 8, 1);
	blk_finish_plug(&plug);
}

static void part_that_was_done_is_done(struct kunit *test)
{
	struct rqdisk *rd = rqdisk(test);
	struct mapped_device *md = fx_live(test, "0 256 kunit-rq %s", rd->name);
	struct fx_io *ios[2];

	rqdisk_fail(rd, 8, 16, BLK_STS_IOERR);
	merged_pair(test, md, ios);
	KUNIT_EXPECT_EQ(test, fx_wait(test, ios[0]), 0);
	KUNIT_EXPECT_EQ(test, fx_wait(test, ios[1]), -EIO);
	KUNIT_EXPECT_EQ(test, rqdisk_came(rd), 1);
	KUNIT_EXPECT_EQ(test, ram_match(rqdisk_at(rd, 0), 8, 1, 0), 8);
}

static void only_what_is_left_is_tried_again(struct kunit *test)
{
	struct rqdisk *rd = rqdisk(test);
	struct mapped_device *md = fx_live(test, "0 256 kunit-rq %s", rd->name);
	struct fx_io *ios[2];

	rqdisk_fail(rd, 8, 16, BLK_STS_IOERR);
	rqt.end = DM_ENDIO_DELAY_REQUEUE;
	rqt.end_times = INT_MAX;
	merged_pair(test, md, ios);
	KUNIT_EXPECT_EQ(test, fx_wait(test, ios[0]), 0);
	KUNIT_EXPECT_FALSE(test, fx_is_done(ios[1]));
	rqdisk_fail(rd, 0, 0, BLK_STS_OK);
	KUNIT_EXPECT_EQ(test, fx_wait(test, ios[1]), 0);
	KUNIT_ASSERT_GE(test, rqdisk_came(rd), 2);
	KUNIT_EXPECT_EQ(test, ram_match(rqdisk_at(rd, 8), 8, 1, 8), 8);
	KUNIT_EXPECT_EQ(test, rd->seen[0].sectors, 16);
	KUNIT_EXPECT_EQ(test, rd->seen[1].sector, 8);
	KUNIT_EXPECT_EQ(test, rd->seen[1].sectors, 8);
	KUNIT_EXPECT_EQ(test, rqt.spoilt, 0);
}

static void suspend_waits_for_what_is_under_way(struct kunit *test)
{
	struct rqdisk *rd = rqdisk(test);
	struct mapped_device *md = fx_live(test, "0 256 kunit-rq %s", rd->name);
	struct fx_io *io, *later;
	struct fx_job *job;

	rqdisk_hold(rd, true);
	io = submit(test, md, REQ_OP_WRITE, 0, 8, 1);
	KUNIT_ASSERT_TRUE(test, FX_WAIT(rqdisk_held(rd) == 1));
	job = fx_suspend_start(test, md, false);
	later = submit(test, md, REQ_OP_WRITE, 8, 8, 1);
	KUNIT_EXPECT_FALSE(test, fx_job_is_done(job));
	rqdisk_hold(rd, false);
	KUNIT_EXPECT_EQ(test, fx_wait(test, io), 0);
	KUNIT_EXPECT_EQ(test, fx_job_wait(test, job), 0);
	KUNIT_EXPECT_FALSE(test, fx_is_done(later));
	KUNIT_EXPECT_EQ(test, rqdisk_came(rd), 1);
	KUNIT_EXPECT_EQ(test, fx_resume(md), 0);
	KUNIT_EXPECT_EQ(test, fx_wait(test, later), 0);
}

/* What was put back while the device is suspended goes to the next table. */
static void next_table_gets_what_was_put_back(struct kunit *test)
{
	struct rqdisk *a = rqdisk(test), *b = rqdisk(test);
	struct mapped_device *md = fx_live(test, "0 256 kunit-rq %s", a->name);
	struct fx_io *io;
	struct fx_job *job;

	rqdisk_hold(a, true);
	rqdisk_fail(a, 0, 256, BLK_STS_IOERR);
	rqt.end = DM_ENDIO_REQUEUE;
	rqt.end_times = 1;
	io = submit(test, md, REQ_OP_WRITE, 0, 8, 1);
	KUNIT_ASSERT_TRUE(test, FX_WAIT(rqdisk_held(a) == 1));
	job = fx_suspend_start(test, md, true);
	rqdisk_hold(a, false);
	KUNIT_EXPECT_EQ(test, fx_job_wait(test, job), 0);
	KUNIT_EXPECT_FALSE(test, fx_is_done(io));
	fx_activate(test, md, "0 256 kunit-rq %s", b->name);
	KUNIT_EXPECT_EQ(test, fx_wait(test, io), 0);
	KUNIT_EXPECT_EQ(test, rqdisk_came(a), 1);
	KUNIT_EXPECT_EQ(test, ram_match(rqdisk_at(b, 0), 8, 1, 0), 8);
}

/* The same, and the next table is one of errors. */
static void error_table_fails_what_was_put_back(struct kunit *test)
{
	struct rqdisk *rd = rqdisk(test);
	struct mapped_device *md = fx_live(test, "0 256 kunit-rq %s", rd->name);
	struct fx_io *io;

	rqt.map = DM_MAPIO_DELAY_REQUEUE;
	rqt.map_times = INT_MAX;
	io = submit(test, md, REQ_OP_WRITE, 0, 8, 1);
	KUNIT_ASSERT_TRUE(test, FX_WAIT(atomic_read(&rqt.maps)));
	KUNIT_EXPECT_EQ(test, dm_verb_suspend(md, false, true), 0);
	KUNIT_EXPECT_FALSE(test, fx_is_done(io));
	fx_activate(test, md, "0 256 error");
	KUNIT_EXPECT_EQ(test, fx_wait(test, io), -EIO);
	KUNIT_EXPECT_EQ(test, md->type, DM_TYPE_REQUEST_BASED);
	rqt.map_times = 0;
	fx_activate(test, md, "0 256 kunit-rq %s", rd->name);
	KUNIT_EXPECT_EQ(test, fx_io(test, md, REQ_OP_WRITE, 0, 8, 1), 0);
}

/* A suspended device goes, with what waits in its queue. */
static void removal_fails_what_waits(struct kunit *test)
{
	struct rqdisk *rd = rqdisk(test);
	struct mapped_device *md = fx_live(test, "0 256 kunit-rq %s", rd->name);
	struct fx_io *io;

	KUNIT_EXPECT_EQ(test, dm_verb_suspend(md, false, false), 0);
	io = submit(test, md, REQ_OP_WRITE, 0, 8, 1);
	fx_remove(test, md);
	KUNIT_EXPECT_EQ(test, fx_wait(test, io), -EIO);
	KUNIT_EXPECT_EQ(test, rqdisk_came(rd), 0);
}

/* So does one whose target puts everything back. */
static void removal_ends_what_is_tried_over_and_over(struct kunit *test)
{
	struct rqdisk *rd = rqdisk(test);
	struct mapped_device *md = fx_live(test, "0 256 kunit-rq %s", rd->name);
	struct fx_io *io;

	rqt.map = DM_MAPIO_DELAY_REQUEUE;
	rqt.map_times = INT_MAX;
	io = submit(test, md, REQ_OP_WRITE, 0, 8, 1);
	KUNIT_ASSERT_TRUE(test, FX_WAIT(atomic_read(&rqt.maps) > 1));
	fx_remove(test, md);
	KUNIT_EXPECT_EQ(test, fx_wait(test, io), -EIO);
}

static void discards_go_off_where_they_went_off_below(struct kunit *test)
{
	struct rqdisk *rd = rqdisk(test);
	struct mapped_device *md = fx_live(test, "0 256 kunit-rq %s", rd->name);

	KUNIT_EXPECT_EQ(test, blkdev_issue_discard(md->disk->part0, 0, 8, GFP_KERNEL), 0);
	KUNIT_EXPECT_EQ(test, rqdisk_came(rd), 1);
	rqdisk_fail(rd, 0, 256, BLK_STS_TARGET);
	KUNIT_EXPECT_NE(test, blkdev_issue_discard(md->disk->part0, 0, 8, GFP_KERNEL), 0);
	KUNIT_EXPECT_NE(test, bdev_max_discard_sectors(md->disk->part0), 0);
	rd->disk->queue->limits.max_discard_sectors = 0;
	/* to whom it makes no difference that it is not supported */
	KUNIT_EXPECT_EQ(test, blkdev_issue_discard(md->disk->part0, 0, 8, GFP_KERNEL), 0);
	KUNIT_EXPECT_EQ(test, bdev_max_discard_sectors(md->disk->part0), 0);
}

static int load_one(struct kunit *test, const char *type, const char *disk)
{
	return fx_load(test, fx_device(test), "0 256 %s %s", type, disk);
}

static void tables_that_cannot_be_request_based_are_refused(struct kunit *test)
{
	struct rqdisk *rd = rqdisk(test);
	struct ramdisk *ram = fx_disk(test, 256);

	KUNIT_EXPECT_EQ(test, load_one(test, "kunit-rq", rd->name), 0);
	KUNIT_EXPECT_EQ(test, load_one(test, "kunit-rq", ram->name), -EINVAL);
	KUNIT_EXPECT_EQ(test, load_one(test, "kunit-rq-any", rd->name), -EINVAL);
	rqt.max_io_len = 8;
	KUNIT_EXPECT_EQ(test, load_one(test, "kunit-rq", rd->name), -EINVAL);
	rqt.max_io_len = 0;
	KUNIT_EXPECT_EQ(test, fx_load(test, fx_device(test),
				      "0 128 kunit-rq %s\n128 128 kunit-rq %s", rd->name,
				      rd->name), -EINVAL);
	KUNIT_EXPECT_EQ(test, fx_load(test, fx_device(test),
				      "0 128 linear %s 0\n128 128 kunit-rq-any %s", rd->name,
				      rd->name), -EINVAL);
}

/* What the first table is, the device stays; a type that can do both, follows. */
static void first_table_decides(struct kunit *test)
{
	struct rqdisk *rd = rqdisk(test);
	struct mapped_device *rq = fx_device(test), *bio = fx_device(test);

	KUNIT_EXPECT_EQ(test, fx_load(test, rq, "0 256 kunit-rq %s", rd->name), 0);
	KUNIT_EXPECT_EQ(test, rq->type, DM_TYPE_REQUEST_BASED);
	KUNIT_EXPECT_EQ(test, fx_load(test, rq, "0 256 linear %s 0", rd->name), -EINVAL);
	KUNIT_EXPECT_EQ(test, fx_load(test, rq, "0 256 kunit-rq-both %s", rd->name), 0);
	KUNIT_EXPECT_EQ(test, rq->inactive->type, DM_TYPE_REQUEST_BASED);

	KUNIT_EXPECT_EQ(test, fx_load(test, bio, "0 256 kunit-rq-both %s", rd->name), 0);
	KUNIT_EXPECT_EQ(test, bio->type, DM_TYPE_BIO_BASED);
	KUNIT_EXPECT_EQ(test, fx_load(test, bio, "0 256 kunit-rq %s", rd->name), -EINVAL);
	KUNIT_EXPECT_EQ(test, fx_resume(bio), 0);
	KUNIT_EXPECT_EQ(test, fx_io(test, bio, REQ_OP_WRITE, 0, 8, 1), 0);
	KUNIT_EXPECT_EQ(test, atomic_read(&rqt.maps), 0);
}

static void more_data_than_the_queue_has_is_refused(struct kunit *test)
{
	struct rqdisk *rd = rqdisk(test);
	struct mapped_device *md = fx_live(test, "0 256 kunit-rq %s", rd->name);

	rqt.per_io_data *= 2;
	KUNIT_EXPECT_EQ(test, fx_load(test, md, "0 256 kunit-rq %s", rd->name), -EINVAL);
	KUNIT_EXPECT_EQ(test, fx_io(test, md, REQ_OP_WRITE, 0, 8, 1), 0);
}

/* Suspended before it has a table: the first I/O comes with the first resume. */
static void first_table_of_a_suspended_device(struct kunit *test)
{
	struct rqdisk *rd = rqdisk(test);
	struct mapped_device *md = fx_device(test);

	KUNIT_EXPECT_EQ(test, dm_verb_suspend(md, false, false), 0);
	fx_activate(test, md, "0 256 kunit-rq %s", rd->name);
	KUNIT_EXPECT_EQ(test, fx_io(test, md, REQ_OP_WRITE, 0, 8, 1), 0);
	KUNIT_EXPECT_EQ(test, dm_verb_suspend(md, false, false), 0);
	KUNIT_EXPECT_EQ(test, fx_resume(md), 0);
	KUNIT_EXPECT_EQ(test, fx_read(test, md, 0, 8, 1), 8);
}

static struct kunit_case request_based_cases[] = {
	KUNIT_CASE(io_reaches_the_disk),
	KUNIT_CASE(requeue_from_map_tries_again),
	KUNIT_CASE(kill_from_map_fails_the_io),
	KUNIT_CASE(busy_target_is_asked_again),
	KUNIT_CASE(busy_disk_is_tried_again),
	KUNIT_CASE(disk_that_sleeps_is_given_io_where_it_may),
	KUNIT_CASE(error_below_is_the_error_above),
	KUNIT_CASE(requeue_from_end_tries_again),
	KUNIT_CASE(part_that_was_done_is_done),
	KUNIT_CASE(only_what_is_left_is_tried_again),
	KUNIT_CASE(suspend_waits_for_what_is_under_way),
	KUNIT_CASE(next_table_gets_what_was_put_back),
	KUNIT_CASE(error_table_fails_what_was_put_back),
	KUNIT_CASE(removal_fails_what_waits),
	KUNIT_CASE(removal_ends_what_is_tried_over_and_over),
	KUNIT_CASE(discards_go_off_where_they_went_off_below),
	KUNIT_CASE(tables_that_cannot_be_request_based_are_refused),
	KUNIT_CASE(first_table_decides),
	KUNIT_CASE(more_data_than_the_queue_has_is_refused),
	KUNIT_CASE(first_table_of_a_suspended_device),
	{ }
};

static struct kunit_suite request_based_suite = {
	.name = "dm_request_based",
	.suite_init = rqt_suite_start,
	.suite_exit = rqt_suite_stop,
	.init = rqt_init,
	.exit = rqt_exit,
	.test_cases = request_based_cases,
};

kunit_test_suite(request_based_suite);
