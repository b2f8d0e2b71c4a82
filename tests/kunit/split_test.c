// SPDX-License-Identifier: GPL-2.0
/* How long a piece may be: include/split.h, against the slowest way to say it. */
#include "kunit.h"
#include "split.h"

struct split_case {
	const char *name;
	sector_t offset, target_len;
	u32 max_io_len;
	unsigned int max_sectors;
	sector_t want, len;
};

static const struct split_case split_cases[] = {
	{ "all_of_it", 0, 100, 0, 0, 8, 8 },
	{ "to_the_end_of_the_target", 96, 100, 0, 0, 8, 4 },
	{ "exactly_to_the_end", 92, 100, 0, 0, 8, 8 },
	{ "last_sector", 99, 100, 0, 0, 8, 1 },
	{ "queue_limit_alone_does_not_count", 0, 10000, 0, 64, 5000, 5000 },
	{ "within_a_chunk", 1, 1000, 16, 0, 8, 8 },
	{ "to_the_end_of_a_chunk", 12, 1000, 16, 0, 8, 4 },
	{ "exactly_to_the_end_of_a_chunk", 8, 1000, 16, 0, 8, 8 },
	{ "from_the_start_of_a_chunk", 16, 1000, 16, 0, 100, 16 },
	{ "odd_chunk", 7, 1000, 7, 0, 100, 7 },
	{ "within_an_odd_chunk", 20, 1000, 7, 0, 100, 1 },
	{ "chunk_of_one_sector", 5, 1000, 1, 0, 100, 1 },
	{ "queue_limit_below_chunk", 0, 1000, 128, 8, 100, 8 },
	{ "queue_limit_above_chunk", 0, 1000, 8, 128, 100, 8 },
	{ "target_ends_before_chunk", 1004, 1005, 256, 0, 100, 1 },
	{ "largest_chunk", 0, 1ULL << 40, U32_MAX, 0, 1ULL << 33, U32_MAX },
	{ "behind_the_largest_chunk", U32_MAX, 1ULL << 40, U32_MAX, 0, 1, 1 },
	{ "last_of_the_largest_chunk", U32_MAX - 1, 1ULL << 40, U32_MAX, 0, 8, 1 },
	{ "largest_power_of_two", 0x80000001, 1ULL << 40, 0x80000000, 0, 1ULL << 32, 0x7fffffff },
	{ "offset_of_64_bits", (1ULL << 53) + 5, 1ULL << 54, 8, 0, 100, 3 },
	{ "odd_chunk_offset_of_64_bits", 3 * (1ULL << 52) + 1, 1ULL << 54, 3, 0, 100, 2 },
	{ "target_of_all_sectors", U64_MAX - 3, U64_MAX, 0, 0, 100, 3 },
};

static void split_case_desc(const struct split_case *c, char *desc)
{
	strscpy(desc, c->name, KUNIT_PARAM_DESC_SIZE);
}

KUNIT_ARRAY_PARAM(split, split_cases, split_case_desc);

static void split_len_is(struct kunit *test)
{
	const struct split_case *c = test->param_value;

	KUNIT_EXPECT_EQ(test, dm_split_len(c->offset, c->target_len, c->max_io_len,
					   c->max_sectors, c->want), c->len);
}

/* Sector by sector: stop where the piece may not go on. */
static sector_t naive_len(sector_t offset, sector_t target_len, u32 max_io_len,
			  unsigned int max_sectors, sector_t want)
{
	sector_t len = 0;

	while (len < want && offset + len < target_len) {
		if (max_io_len && len && !((offset + len) % max_io_len))
			break;
		if (max_io_len && max_sectors && len == max_sectors)
			break;
		len++;
	}
	return len;
}

static const u32 chunks[] = { 0, 1, 2, 3, 4, 5, 7, 8, 12, 16, 31, 32, 33, 100 };

static void chunk_desc(const u32 *chunk, char *desc)
{
	snprintf(desc, KUNIT_PARAM_DESC_SIZE, "chunk_%u", *chunk);
}

KUNIT_ARRAY_PARAM(chunk, chunks, chunk_desc);

static void split_len_agrees_with_the_naive_one(struct kunit *test)
{
	static const unsigned int limits[] = { 0, 1, 5, 8, 32 };
	const u32 *chunk = test->param_value;
	sector_t offset, target_len, want;
	unsigned int l, wrong = 0;

	for (target_len = 1; target_len <= 70; target_len += 3)
		for (offset = 0; offset < target_len; offset++)
			for (want = 1; want <= 72; want += want < 10 ? 1 : 31)
				for (l = 0; l < ARRAY_SIZE(limits); l++)
					wrong += dm_split_len(offset, target_len, *chunk,
							      limits[l], want) !=
						 naive_len(offset, target_len, *chunk,
							   limits[l], want);
	KUNIT_EXPECT_EQ(test, wrong, 0);
}

static void split_boundary_agrees_with_the_naive_one(struct kunit *test)
{
	const u32 *chunk = test->param_value;
	sector_t offset, to;

	if (!*chunk)
		return;
	for (offset = 0; offset < 4 * (sector_t)*chunk + 3; offset++) {
		for (to = offset + 1; to % *chunk; to++)
			;
		KUNIT_EXPECT_EQ_MSG(test, dm_split_boundary(offset, *chunk), to - offset,
				    "from %llu", (unsigned long long)offset);
	}
}

/* However an I/O is cut, its pieces are the I/O: nothing left out, none twice. */
static void split_pieces_cover_the_whole(struct kunit *test)
{
	const u32 *chunk = test->param_value;
	sector_t at, len, end = 1000, pieces;

	for (at = 3, pieces = 0; at < end; at += len, pieces++) {
		len = dm_split_len(at, 1200, *chunk, 24, end - at);
		KUNIT_ASSERT_GE(test, len, 1ULL);
		KUNIT_ASSERT_LE(test, len, end - at);
		if (*chunk)
			KUNIT_EXPECT_EQ(test, at / *chunk, (at + len - 1) / *chunk);
	}
	KUNIT_EXPECT_EQ(test, at, end);
	if (!*chunk)
		KUNIT_EXPECT_EQ(test, pieces, 1ULL);
}

static struct kunit_case split_test_cases[] = {
	KUNIT_CASE_PARAM(split_len_is, split_gen_params),
	KUNIT_CASE_PARAM(split_len_agrees_with_the_naive_one, chunk_gen_params),
	KUNIT_CASE_PARAM(split_boundary_agrees_with_the_naive_one, chunk_gen_params),
	KUNIT_CASE_PARAM(split_pieces_cover_the_whole, chunk_gen_params),
	{ }
};

static struct kunit_suite split_suite = {
	.name = "dm_split",
	.test_cases = split_test_cases,
};

kunit_test_suite(split_suite);
