// SPDX-License-Identifier: GPL-2.0
/* dm-io: memory of all types, regions that fail, operations without data, reserves. */
#include <linux/dm-io.h>
#include <linux/ioprio.h>
#include <linux/mm.h>
#include <linux/slab.h>
#include <linux/vmalloc.h>

#include "fixture.h"
#include "scarce.h"
#include "script.h"
#include "services.h"

#define SECTORS 8192
#define SEED 7

/* --- memory ------------------------------------------------------------------- */

/* @at is where the data lie, as the CPU sees them, whatever the type. */
struct buffer {
	struct dm_io_memory mem;
	char *at;
	char *base;
	size_t bytes;
	struct page_list *pl;
	struct bio bio;
	struct bio_vec *vecs;
};

static void buffer_pages(struct kunit *test, struct buffer *b, unsigned int offset)
{
	unsigned int i, n = b->bytes >> PAGE_SHIFT;

	b->pl = kunit_kcalloc(test, n, sizeof(*b->pl), GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, b->pl);
	for (i = 0; i < n; i++) {
		b->pl[i].page = vmalloc_to_page(b->base + i * PAGE_SIZE);
		b->pl[i].next = i + 1 < n ? &b->pl[i + 1] : NULL;
	}
	b->mem.ptr.pl = b->pl;
	b->mem.offset = offset;
}

/* Pieces that are no multiples of a sector; the bio's iterator stands in the first one. */
static void buffer_bio(struct kunit *test, struct buffer *b, unsigned int offset, size_t used)
{
	unsigned int n = b->bytes / 256, i = 0;
	size_t done = 0;

	b->vecs = kunit_kcalloc(test, n, sizeof(*b->vecs), GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, b->vecs);
	bio_init(&b->bio, NULL, b->vecs, n, REQ_OP_WRITE);
	while (done < offset + used) {
		char *at = b->base + done;
		size_t len = min3((size_t)(i % 3 ? 1000 : 300), PAGE_SIZE - offset_in_page(at),
				  offset + used - done);

		b->vecs[i++] = (struct bio_vec) {
			.bv_page = vmalloc_to_page(at),
			.bv_len = len,
			.bv_offset = offset_in_page(at),
		};
		done += len;
	}
	b->bio.bi_vcnt = i;
	b->bio.bi_iter.bi_size = done;
	bio_advance_iter(&b->bio, &b->bio.bi_iter, offset);
	b->mem.ptr.bio = &b->bio;
}

static void buffer_init(struct kunit *test, struct buffer *b, enum dm_io_mem_type type,
			unsigned int offset, unsigned int sectors)
{
	memset(b, 0, sizeof(*b));
	b->bytes = PAGE_ALIGN(offset + (sectors << SECTOR_SHIFT));
	b->base = type == DM_IO_KMEM ? alloc_pages_exact(b->bytes, GFP_KERNEL) : vmalloc(b->bytes);
	KUNIT_ASSERT_NOT_NULL(test, b->base);
	memset(b->base, 0x5a, b->bytes);
	b->at = b->base + offset;
	b->mem.type = type;
	if (type == DM_IO_PAGE_LIST)
		buffer_pages(test, b, offset);
	else if (type == DM_IO_BIO)
		buffer_bio(test, b, offset, sectors << SECTOR_SHIFT);
	else
		b->mem.ptr.addr = b->at;
}

static void buffer_exit(struct buffer *b)
{
	if (b->mem.type == DM_IO_KMEM)
		free_pages_exact(b->base, b->bytes);
	else
		vfree(b->base);
}

/* --- calls -------------------------------------------------------------------- */

static struct dm_io_client *client;

static int io_init(struct kunit *test)
{
	client = dm_io_client_create();
	return IS_ERR(client) ? PTR_ERR(client) : fx_init(test);
}

static void io_exit(struct kunit *test)
{
	fx_exit(test);
	scarce_end();
	dm_io_client_destroy(client);
}

static int do_io(blk_opf_t opf, const struct dm_io_memory *mem, unsigned int n,
		 struct dm_io_region *regions, unsigned long *errors)
{
	struct dm_io_request req = { .bi_opf = opf, .client = client };

	if (mem)
		req.mem = *mem;
	return dm_io(&req, n, regions, errors, IOPRIO_DEFAULT);
}

static struct dm_io_region region_of(struct ramdisk *ram, sector_t sector, sector_t count)
{
	return (struct dm_io_region) { ram->disk->part0, sector, count };
}

struct told {
	struct completion done;
	unsigned long errors;
	atomic_t calls;
};

static void told_init(struct told *told)
{
	init_completion(&told->done);
	told->errors = 0;
	atomic_set(&told->calls, 0);
}

static void tell(unsigned long errors, void *context)
{
	struct told *told = context;

	told->errors = errors;
	atomic_inc(&told->calls);
	complete(&told->done);
}

static bool told_wait(struct told *told)
{
	return wait_for_completion_timeout(&told->done, FX_LIMIT * HZ);
}

static int start_io(blk_opf_t opf, const struct dm_io_memory *mem, unsigned int n,
		    struct dm_io_region *regions, struct told *told)
{
	struct dm_io_request req = {
		.bi_opf = opf,
		.mem = *mem,
		.notify = { .fn = tell, .context = told },
		.client = client,
	};

	return dm_io(&req, n, regions, NULL, IOPRIO_DEFAULT);
}

/* --- memory types ------------------------------------------------------------- */

struct mem_case {
	const char *name;
	enum dm_io_mem_type type;
	unsigned int offset;	/* bytes */
};

static const struct mem_case mem_cases[] = {
	{ "page_list", DM_IO_PAGE_LIST, 0 },
	{ "page_list_from_within", DM_IO_PAGE_LIST, 1536 },
	{ "page_list_odd", DM_IO_PAGE_LIST, 2052 },
	{ "page_list_from_the_third_page", DM_IO_PAGE_LIST, 2 * PAGE_SIZE + 4 },
	{ "bio", DM_IO_BIO, 0 },
	{ "bio_from_within", DM_IO_BIO, 100 },
	{ "bio_from_the_second_piece", DM_IO_BIO, 700 },
	{ "virtual", DM_IO_VMA, 0 },
	{ "virtual_odd", DM_IO_VMA, 3000 },
	{ "kernel", DM_IO_KMEM, 0 },
	{ "kernel_odd", DM_IO_KMEM, 3584 },
};

static void mem_desc(const struct mem_case *c, char *desc)
{
	strscpy(desc, c->name, KUNIT_PARAM_DESC_SIZE);
}

KUNIT_ARRAY_PARAM(mem, mem_cases, mem_desc);

static void round_trip(struct kunit *test, const struct mem_case *c, struct ramdisk *ram,
		       unsigned int sectors)
{
	struct dm_io_region region = region_of(ram, 16, sectors);
	struct buffer b;
	unsigned int i;

	buffer_init(test, &b, c->type, c->offset, sectors);
	ram_fill(b.at, sectors, SEED, 0);
	KUNIT_EXPECT_EQ(test, do_io(REQ_OP_WRITE, &b.mem, 1, &region, NULL), 0);
	KUNIT_EXPECT_EQ(test, ram_holds(ram, 16, sectors, SEED, 0), sectors);
	KUNIT_EXPECT_EQ(test, ram_holds(ram, 16 + sectors, 1, SEED, sectors), 0);

	memset(b.base, 0x5a, b.bytes);
	KUNIT_EXPECT_EQ(test, do_io(REQ_OP_READ, &b.mem, 1, &region, NULL), 0);
	KUNIT_EXPECT_EQ(test, ram_match(b.at, sectors, SEED, 0), sectors);
	for (i = 0; i < c->offset; i++)
		if (b.base[i] != 0x5a)
			break;
	KUNIT_EXPECT_EQ_MSG(test, i, c->offset, "memory before the buffer");
	for (i = c->offset + (sectors << SECTOR_SHIFT); i < b.bytes; i++)
		if (b.base[i] != 0x5a)
			break;
	KUNIT_EXPECT_EQ_MSG(test, (size_t)i, b.bytes, "memory behind the buffer");
	buffer_exit(&b);
}

static void data_goes_there_and_back(struct kunit *test)
{
	static const unsigned int sizes[] = { 1, 8, 37, 2041, 2048, 4103 };
	struct ramdisk *ram = fx_disk(test, SECTORS);
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(sizes); i++)
		round_trip(test, test->param_value, ram, sizes[i]);
}

/* No bio may end within a block of the disk. */
static void bios_are_whole_blocks(struct kunit *test)
{
	const struct ram_options options = { .sectors = SECTORS, .logical_block = 4096 };
	struct ramdisk *ram = fx_disk_like(test, &options);
	unsigned int i;

	round_trip(test, test->param_value, ram, 4104);
	KUNIT_EXPECT_GE(test, ram_came(ram), 2);
	for (i = 0; i < ram_came(ram); i++)
		KUNIT_EXPECT_EQ(test, ram->seen[i].sectors % 8, 0);
}

/* The memory ends before the region does. */
static void short_memory_is_an_error(struct kunit *test)
{
	struct ramdisk *ram = fx_disk(test, SECTORS);
	struct dm_io_region region = region_of(ram, 0, 17);
	unsigned long errors = 0;
	struct buffer b;

	buffer_init(test, &b, DM_IO_PAGE_LIST, 0, 16);
	KUNIT_EXPECT_EQ(test, do_io(REQ_OP_WRITE, &b.mem, 1, &region, &errors), -EIO);
	KUNIT_EXPECT_EQ(test, errors, 1UL);
	buffer_exit(&b);
	buffer_init(test, &b, DM_IO_BIO, 0, 16);
	KUNIT_EXPECT_EQ(test, do_io(REQ_OP_WRITE, &b.mem, 1, &region, &errors), -EIO);
	buffer_exit(&b);
}

/* --- regions ------------------------------------------------------------------ */

static void each_region_has_its_bit(struct kunit *test)
{
	struct dm_io_region regions[4];
	struct ramdisk *rams[4];
	unsigned long errors = ~0UL;
	struct buffer b;
	unsigned int i;

	for (i = 0; i < 4; i++) {
		rams[i] = fx_disk(test, SECTORS);
		regions[i] = region_of(rams[i], 100 * i, 3000);
		ram_set_mode(rams[i], i % 2 ? RAM_LATER : RAM_NOW);
	}
	buffer_init(test, &b, DM_IO_VMA, 512, 3000);
	ram_fill(b.at, 3000, SEED, 0);
	KUNIT_EXPECT_EQ(test, do_io(REQ_OP_WRITE, &b.mem, 4, regions, &errors), 0);
	KUNIT_EXPECT_EQ(test, errors, 0UL);
	for (i = 0; i < 4; i++)
		KUNIT_EXPECT_EQ(test, ram_holds(rams[i], 100 * i, 3000, SEED, 0), 3000);

	/* the last bio of one, the first of another */
	ram_fail(rams[1], 100 + 2999, 100 + 3000, BLK_STS_IOERR);
	ram_fail(rams[2], 200, 201, BLK_STS_MEDIUM);
	ram_fill(b.at, 3000, SEED + 1, 0);
	KUNIT_EXPECT_EQ(test, do_io(REQ_OP_WRITE, &b.mem, 4, regions, &errors), -EIO);
	KUNIT_EXPECT_EQ(test, errors, 6UL);
	KUNIT_EXPECT_EQ(test, ram_holds(rams[0], 0, 3000, SEED + 1, 0), 3000);
	KUNIT_EXPECT_EQ(test, ram_holds(rams[3], 300, 3000, SEED + 1, 0), 3000);
	buffer_exit(&b);
}

static void callback_has_the_bits(struct kunit *test)
{
	struct ramdisk *good = fx_disk(test, SECTORS), *bad = fx_disk(test, SECTORS);
	struct dm_io_region regions[3] = {
		region_of(good, 0, 64), region_of(bad, 0, 64), region_of(good, 64, 64),
	};
	struct told told;
	struct buffer b;

	told_init(&told);
	buffer_init(test, &b, DM_IO_KMEM, 0, 64);
	ram_set_mode(good, RAM_HOLD);
	ram_fail(bad, 0, 1, BLK_STS_IOERR);
	KUNIT_EXPECT_EQ(test, start_io(REQ_OP_WRITE, &b.mem, 3, regions, &told), 0);
	KUNIT_EXPECT_EQ(test, ram_held(good), 2);
	KUNIT_EXPECT_EQ(test, atomic_read(&told.calls), 0);
	ram_release(good);
	KUNIT_EXPECT_TRUE(test, told_wait(&told));
	KUNIT_EXPECT_EQ(test, told.errors, 2UL);
	KUNIT_EXPECT_EQ(test, atomic_read(&told.calls), 1);
	buffer_exit(&b);
}

static void nothing_to_do_is_done(struct kunit *test)
{
	struct ramdisk *ram = fx_disk(test, SECTORS);
	struct dm_io_region region = region_of(ram, 0, 0);
	const struct dm_io_memory none = { .type = DM_IO_KMEM };
	unsigned long errors = ~0UL;
	struct told told;

	told_init(&told);
	KUNIT_EXPECT_EQ(test, do_io(REQ_OP_WRITE, &none, 1, &region, &errors), 0);
	KUNIT_EXPECT_EQ(test, errors, 0UL);
	KUNIT_EXPECT_EQ(test, start_io(REQ_OP_READ, &none, 1, &region, &told), 0);
	KUNIT_EXPECT_TRUE(test, told_wait(&told));
	KUNIT_EXPECT_EQ(test, ram_came(ram), 0);
}

/* A region of which a part cannot be read hands out nothing that was there before. */
static void failed_read_leaves_zeroes(struct kunit *test)
{
	struct ramdisk *ram = fx_disk(test, SECTORS);
	struct dm_io_region region = region_of(ram, 0, 64);
	struct buffer b;

	buffer_init(test, &b, DM_IO_VMA, 1000, 64);
	ram_fail(ram, 40, 41, BLK_STS_MEDIUM);
	KUNIT_EXPECT_EQ(test, do_io(REQ_OP_READ, &b.mem, 1, &region, NULL), -EIO);
	KUNIT_EXPECT_NULL(test, memchr_inv(b.at, 0, 64 << SECTOR_SHIFT));
	buffer_exit(&b);
}

static int sync_write(struct fx_job *job)
{
	struct dm_io_region region = region_of(job->context, 0, 8);
	const struct dm_io_memory mem = {
		.type = DM_IO_KMEM, .ptr.addr = page_address(ZERO_PAGE(0)),
	};

	return do_io(REQ_OP_WRITE, &mem, 1, &region, NULL);
}

static void waiting_lasts_until_the_end(struct kunit *test)
{
	struct ramdisk *ram = fx_disk(test, SECTORS);
	struct fx_job *job;

	ram_set_mode(ram, RAM_HOLD);
	job = fx_job_start(test, sync_write, ram);
	KUNIT_EXPECT_TRUE(test, FX_WAIT(ram_held(ram)));
	KUNIT_EXPECT_FALSE(test, fx_job_is_done(job));
	ram_release(ram);
	KUNIT_EXPECT_EQ(test, fx_job_wait(test, job), 0);
}

static void senseless_requests_are_refused(struct kunit *test)
{
	struct ramdisk *ram = fx_disk(test, SECTORS);
	struct dm_io_region regions[2] = { region_of(ram, 0, 8), region_of(ram, 8, 8) };
	const struct dm_io_memory none = { .type = DM_IO_KMEM }, odd = { .type = 17 };
	unsigned long errors = 0;
	struct told told;

	told_init(&told);
	KUNIT_EXPECT_NE(test, do_io(REQ_OP_READ, &none, 2, regions, &errors), 0);
	KUNIT_EXPECT_EQ(test, errors & 3UL, 3UL);
	KUNIT_EXPECT_NE(test, do_io(REQ_OP_ZONE_RESET_ALL, &none, 1, regions, &errors), 0);
	KUNIT_EXPECT_NE(test, do_io(REQ_OP_WRITE, &odd, 1, regions, &errors), 0);
	KUNIT_EXPECT_NE(test, do_io(REQ_OP_WRITE, &none, BITS_PER_LONG + 1, regions, NULL), 0);
	KUNIT_EXPECT_NE(test, start_io(REQ_OP_READ, &none, 2, regions, &told), 0);
	KUNIT_EXPECT_EQ(test, atomic_read(&told.calls), 0);
	KUNIT_EXPECT_EQ(test, ram_came(ram), 0);
}

/* --- without data ------------------------------------------------------------- */

static void flush_goes_to_each_region(struct kunit *test)
{
	struct ramdisk *a = fx_disk(test, SECTORS), *b = fx_disk(test, SECTORS);
	struct dm_io_region regions[2] = { region_of(a, 0, 0), region_of(b, 0, 0) };
	unsigned long errors = ~0UL;

	KUNIT_EXPECT_EQ(test, do_io(REQ_OP_WRITE | REQ_PREFLUSH, NULL, 2, regions, &errors), 0);
	KUNIT_EXPECT_EQ(test, ram_count(a, REQ_OP_WRITE | REQ_PREFLUSH), 1);
	KUNIT_EXPECT_EQ(test, ram_count(b, REQ_OP_WRITE | REQ_PREFLUSH), 1);
	KUNIT_EXPECT_EQ(test, a->seen[0].sectors, 0);
	ram_fail_flush(b, true);
	KUNIT_EXPECT_EQ(test, do_io(REQ_OP_WRITE | REQ_PREFLUSH, NULL, 2, regions, &errors), -EIO);
	KUNIT_EXPECT_EQ(test, errors, 2UL);
}

/* Every bio of a region is flushed before and on the disk after. */
static void flags_are_on_every_bio(struct kunit *test)
{
	const blk_opf_t opf = REQ_OP_WRITE | REQ_PREFLUSH | REQ_FUA | REQ_SYNC | REQ_META;
	struct ramdisk *ram = fx_disk(test, SECTORS);
	struct dm_io_region region = region_of(ram, 0, 4100);
	struct buffer b;

	buffer_init(test, &b, DM_IO_VMA, 8, 4100);
	KUNIT_EXPECT_EQ(test, do_io(opf, &b.mem, 1, &region, NULL), 0);
	KUNIT_EXPECT_GE(test, ram_came(ram), 3);
	KUNIT_EXPECT_EQ(test, ram_count(ram, opf), ram_came(ram));
	buffer_exit(&b);
}

struct bare_case {
	const char *name;
	enum req_op op;
};

static const struct bare_case bare_cases[] = {
	{ "discard", REQ_OP_DISCARD },
	{ "secure_erase", REQ_OP_SECURE_ERASE },
	{ "write_zeroes", REQ_OP_WRITE_ZEROES },
};

static void bare_desc(const struct bare_case *c, char *desc)
{
	strscpy(desc, c->name, KUNIT_PARAM_DESC_SIZE);
}

KUNIT_ARRAY_PARAM(bare, bare_cases, bare_desc);

static void bare_operations_keep_the_limits(struct kunit *test)
{
	const struct bare_case *c = test->param_value;
	const struct ram_options options = {
		.sectors = SECTORS, .logical_block = 4096,
		.max_discard = 100, .max_write_zeroes = 100, .max_secure_erase = 100,
		.discard_granularity = 16384,
	};
	struct ramdisk *ram = fx_disk_like(test, &options);
	struct dm_io_region region = region_of(ram, 8, 1000);
	sector_t at = 8;
	unsigned int i;

	ram_put(ram, 0, 1016, SEED, 0);
	KUNIT_EXPECT_EQ(test, do_io((__force blk_opf_t)c->op, NULL, 1, &region, NULL), 0);
	for (i = 0; i < ram_came(ram); i++) {
		KUNIT_EXPECT_EQ(test, (u64)ram->seen[i].sector, (u64)at);
		KUNIT_EXPECT_LE(test, ram->seen[i].sectors, 100);
		at += ram->seen[i].sectors;
		KUNIT_EXPECT_EQ(test, (u64)at % 8, 0ULL);
		/* granules stay whole */
		if (c->op == REQ_OP_DISCARD && at < 1008)
			KUNIT_EXPECT_EQ(test, (u64)at % 32, 0ULL);
	}
	KUNIT_EXPECT_EQ(test, (u64)at, 1008ULL);
	KUNIT_EXPECT_EQ(test, ram_holds(ram, 0, 8, SEED, 0), 8);
	KUNIT_EXPECT_EQ(test, ram_holds(ram, 8, 1, SEED, 8), 0);
	KUNIT_EXPECT_EQ(test, ram_holds(ram, 1007, 1, SEED, 1007), 0);
	KUNIT_EXPECT_EQ(test, ram_holds(ram, 1008, 8, SEED, 1008), 8);
}

static void bare_operations_fail_where_they_are_unknown(struct kunit *test)
{
	const struct bare_case *c = test->param_value;
	const struct ram_options options = { .sectors = SECTORS, .plain = true };
	struct ramdisk *can = fx_disk(test, SECTORS), *cannot = fx_disk_like(test, &options);
	struct dm_io_region regions[2] = { region_of(cannot, 0, 64), region_of(can, 0, 64) };
	unsigned long errors = 0;

	ram_put(can, 0, 64, SEED, 0);
	KUNIT_EXPECT_EQ(test, do_io((__force blk_opf_t)c->op, NULL, 2, regions, &errors), -EIO);
	KUNIT_EXPECT_EQ(test, errors, 1UL);
	KUNIT_EXPECT_EQ(test, ram_came(cannot), 0);
	KUNIT_EXPECT_EQ(test, ram_holds(can, 0, 1, SEED, 0), 0);
}

/* --- memory is short ---------------------------------------------------------- */

static void starve(struct kunit *test)
{
	scarce_pool(test, &client->calls);
	scarce_pool(test, &client->bios.bio_pool);
	scarce_begin();
}

#define MANY 100

static void reserves_are_enough(struct kunit *test)
{
	struct ramdisk *ram = fx_disk(test, SECTORS);
	struct dm_io_region regions[2] = { region_of(ram, 0, 4000), region_of(ram, 4000, 4000) };
	struct told *told = kunit_kcalloc(test, MANY, sizeof(*told), GFP_KERNEL);
	struct buffer b;
	unsigned int i;

	KUNIT_ASSERT_NOT_NULL(test, told);
	buffer_init(test, &b, DM_IO_VMA, 0, 4000);
	ram_fill(b.at, 4000, SEED, 0);
	ram_set_mode(ram, RAM_LATER);
	starve(test);
	for (i = 0; i < MANY; i++) {
		told_init(&told[i]);
		KUNIT_EXPECT_EQ(test, start_io(REQ_OP_WRITE, &b.mem, 2, regions, &told[i]), 0);
	}
	for (i = 0; i < MANY; i++) {
		KUNIT_ASSERT_TRUE(test, told_wait(&told[i]));
		KUNIT_EXPECT_EQ(test, told[i].errors, 0UL);
	}
	KUNIT_EXPECT_EQ(test, ram_holds(ram, 4000, 4000, SEED, 0), 4000);
	buffer_exit(&b);
}

/* The bios of a call from within ->map do not queue up behind what is being mapped. */
static int map_with_io(struct script *s, struct bio *bio)
{
	struct ramdisk *ram = s->context;
	struct dm_io_region region = region_of(ram, 0, 4000);
	struct page_list pages = { .next = &pages, .page = ZERO_PAGE(0) };
	const struct dm_io_memory mem = { .type = DM_IO_PAGE_LIST, .ptr.pl = &pages };
	unsigned int i;

	for (i = 0; i < MANY; i++)
		if (do_io(REQ_OP_WRITE, &mem, 1, &region, NULL))
			return DM_MAPIO_KILL;
	return script_remap(s, bio);
}

struct from_map {
	struct kunit *test;
	struct mapped_device *md;
};

static int write_above(struct fx_job *job)
{
	struct from_map *f = job->context;

	return fx_io(f->test, f->md, REQ_OP_WRITE, 0, 8, SEED);
}

static void calls_from_map_get_through(struct kunit *test)
{
	struct ramdisk *lower = fx_disk(test, SECTORS), *side = fx_disk(test, SECTORS);
	struct from_map f = { .test = test };
	struct fx_job *job;

	script(0)->context = side;
	script(0)->map = map_with_io;
	f.md = fx_live(test, "0 64 kunit 0 %s 0", lower->name);
	ram_set_mode(side, RAM_LATER);
	starve(test);
	job = fx_job_start(test, write_above, &f);
	KUNIT_ASSERT_EQ(test, fx_job_wait(test, job), 0);
	KUNIT_EXPECT_EQ(test, ram_holds(lower, 0, 8, SEED, 0), 8);
}

static struct kunit_case dm_io_cases[] = {
	KUNIT_CASE_PARAM(data_goes_there_and_back, mem_gen_params),
	KUNIT_CASE_PARAM(bios_are_whole_blocks, mem_gen_params),
	KUNIT_CASE(short_memory_is_an_error),
	KUNIT_CASE(each_region_has_its_bit),
	KUNIT_CASE(callback_has_the_bits),
	KUNIT_CASE(nothing_to_do_is_done),
	KUNIT_CASE(failed_read_leaves_zeroes),
	KUNIT_CASE(waiting_lasts_until_the_end),
	KUNIT_CASE(senseless_requests_are_refused),
	KUNIT_CASE(flush_goes_to_each_region),
	KUNIT_CASE(flags_are_on_every_bio),
	KUNIT_CASE_PARAM(bare_operations_keep_the_limits, bare_gen_params),
	KUNIT_CASE_PARAM(bare_operations_fail_where_they_are_unknown, bare_gen_params),
	KUNIT_CASE(reserves_are_enough),
	KUNIT_CASE(calls_from_map_get_through),
	{ }
};

static struct kunit_suite dm_io_suite = {
	.name = "dm_io",
	.suite_init = fx_suite_start,
	.suite_exit = fx_suite_stop,
	.init = io_init,
	.exit = io_exit,
	.test_cases = dm_io_cases,
};

kunit_test_suite(dm_io_suite);
