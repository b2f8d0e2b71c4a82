// SPDX-License-Identifier: GPL-2.0
/* Hostile headers, strings and target specifications: include/request.h. */
#include <linux/random.h>
#include <linux/slab.h>

#include "compat/unaligned.h"
#include "kunit.h"
#include "request.h"

#define HEADER sizeof(struct dm_ioctl)
#define SPEC sizeof(struct dm_target_spec)

/* A request in memory of exactly its size, so that KASAN sees what goes beyond. */
static void make(struct kunit *test, struct dm_request *req, size_t size)
{
	req->size = size;
	req->buf = kzalloc(max(size, HEADER), GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, req->buf);
	req->hdr = (struct dm_ioctl *)req->buf;
	req->hdr->data_size = size;
	req->hdr->data_start = HEADER;
}

static void unmake(struct dm_request *req)
{
	kfree(req->buf);
}

struct size_case {
	u32 size;
	bool ok;
};

static const struct size_case size_cases[] = {
	{ 0, false }, { 1, false }, { 304, false }, { 305, true }, { 311, true }, { 312, true },
	{ 16384, true }, { DM_REQUEST_MAX - 1, true }, { DM_REQUEST_MAX, true },
	/* CVE-2023-52429, CVE-2024-23851: sizes that nobody has */
	{ DM_REQUEST_MAX + 1, false }, { 0x7fffffff, false }, { 0x80000000, false },
	{ 0xfffffffe, false }, { 0xffffffff, false },
};

static void size_desc(const struct size_case *c, char *desc)
{
	snprintf(desc, KUNIT_PARAM_DESC_SIZE, "0x%x", c->size);
}

KUNIT_ARRAY_PARAM(size, size_cases, size_desc);

static void header_size_must_be_believable(struct kunit *test)
{
	const struct size_case *c = test->param_value;

	KUNIT_EXPECT_EQ(test, dm_request_size_ok(c->size), c->ok);
}

static const u32 far_starts[] = {
	0x7fffffff, 0x80000000, 0xffffff00, 0xfffffff0, 0xfffffff8, 0xfffffffe, 0xffffffff,
};

/* Every place where the string may begin, with its end here, there, or nowhere. */
static void string_lies_in_the_data_or_is_refused(struct kunit *test)
{
	const size_t size = HEADER + 20;
	struct dm_request req;
	size_t end, start;
	char *s;
	u32 i;

	make(test, &req, size);
	for (end = HEADER - 3; end <= size; end++) {
		for (start = 0; start < size + 10; start++) {
			bool ok = start >= DM_REQUEST_MIN && start <= end && end < size;

			memset(req.buf + DM_REQUEST_MIN, 'x', size - DM_REQUEST_MIN);
			if (end < size)
				req.buf[end] = '\0';
			req.hdr->data_start = start;
			s = dm_request_string(&req);
			KUNIT_EXPECT_PTR_EQ_MSG(test, s, ok ? req.buf + start : NULL,
						"start %zu, end %zu", start, end);
		}
		for (i = 0; i < ARRAY_SIZE(far_starts); i++) {
			req.hdr->data_start = far_starts[i];
			KUNIT_EXPECT_NULL(test, dm_request_string(&req));
		}
	}
	unmake(&req);
}

static void string_needs_data(struct kunit *test)
{
	struct dm_ioctl hdr = { .data_size = 400, .data_start = 312 };
	struct dm_request req = { .hdr = &hdr, .size = 400 };

	KUNIT_EXPECT_NULL(test, dm_request_string(&req));
}

/* The header's own padding may hold data: 305 to 311 are legal. */
static void string_may_begin_right_behind_the_header(struct kunit *test)
{
	struct dm_request req;

	make(test, &req, DM_REQUEST_MIN + 1);
	req.hdr->data_start = DM_REQUEST_MIN;
	KUNIT_EXPECT_PTR_EQ(test, dm_request_string(&req), req.buf + DM_REQUEST_MIN);
	unmake(&req);
	make(test, &req, DM_REQUEST_MIN);
	req.hdr->data_start = DM_REQUEST_MIN;
	KUNIT_EXPECT_NULL(test, dm_request_string(&req));
	unmake(&req);
}

static void message_lies_in_the_data_or_is_refused(struct kunit *test)
{
	const size_t size = HEADER + 30;
	const u64 want = 0x1122334455667788ULL;
	struct dm_request req;
	sector_t sector;
	size_t start;
	char *s;
	u32 i;

	make(test, &req, size);
	for (start = 0; start < size + 10; start++) {
		bool ok = start >= DM_REQUEST_MIN && start + sizeof(u64) < size;

		memset(req.buf + DM_REQUEST_MIN, 'x', size - DM_REQUEST_MIN - 1);
		req.buf[size - 1] = '\0';
		if (ok)
			put_unaligned(want, (u64 *)(req.buf + start));
		req.hdr->data_start = start;
		sector = 0;
		s = dm_request_message(&req, &sector);
		KUNIT_EXPECT_PTR_EQ_MSG(test, s, ok ? req.buf + start + sizeof(u64) : NULL,
					"start %zu", start);
		KUNIT_EXPECT_EQ_MSG(test, (u64)sector, ok ? want : 0, "start %zu", start);
	}
	for (i = 0; i < ARRAY_SIZE(far_starts); i++) {
		req.hdr->data_start = far_starts[i];
		KUNIT_EXPECT_NULL(test, dm_request_message(&req, &sector));
	}
	unmake(&req);
}

static void message_must_end(struct kunit *test)
{
	struct dm_request req;
	sector_t sector;

	make(test, &req, HEADER + 16);
	memset(req.buf + HEADER, 'x', 16);
	KUNIT_EXPECT_NULL(test, dm_request_message(&req, &sector));
	unmake(&req);
}

/* A specification at an offset; returns the offset behind its parameters. */
static size_t put_spec(struct dm_request *req, size_t at, u64 start, u64 len, u32 next,
		       const char *type, const char *params)
{
	struct dm_target_spec raw = { .sector_start = start, .length = len, .next = next };

	/* without a terminator where it fills the field */
	memcpy(raw.target_type, type, min(strlen(type), sizeof(raw.target_type)));
	memcpy(req->buf + at, &raw, SPEC);
	memcpy(req->buf + at + SPEC, params, strlen(params) + 1);
	return at + SPEC + strlen(params) + 1;
}

static void specs_are_read_in_order(struct kunit *test)
{
	struct dm_spec_iter iter;
	struct dm_request req;
	struct dm_spec spec;
	size_t end;

	make(test, &req, HEADER + 3 * SPEC + 24);
	put_spec(&req, HEADER, 0, 8, SPEC + 8, "linear", "a b");
	put_spec(&req, HEADER + SPEC + 8, 8, 1ULL << 40, SPEC + 13, "striped", "hello world!");
	/* where it begins need not be aligned */
	end = put_spec(&req, HEADER + 2 * SPEC + 21, U64_MAX, U64_MAX, 0, "zero", "");
	KUNIT_ASSERT_LE(test, end, req.size);

	dm_spec_begin(&req, &iter);
	KUNIT_ASSERT_EQ(test, dm_spec_next(&req, &iter, &spec), 0);
	KUNIT_EXPECT_EQ(test, (u64)spec.start, 0ULL);
	KUNIT_EXPECT_EQ(test, (u64)spec.len, 8ULL);
	KUNIT_EXPECT_STREQ(test, spec.type, "linear");
	KUNIT_EXPECT_STREQ(test, spec.params, "a b");
	KUNIT_ASSERT_EQ(test, dm_spec_next(&req, &iter, &spec), 0);
	KUNIT_EXPECT_EQ(test, (u64)spec.len, 1ULL << 40);
	KUNIT_EXPECT_STREQ(test, spec.type, "striped");
	KUNIT_EXPECT_STREQ(test, spec.params, "hello world!");
	KUNIT_ASSERT_EQ(test, dm_spec_next(&req, &iter, &spec), 0);
	KUNIT_EXPECT_EQ(test, (u64)spec.start, U64_MAX);
	KUNIT_EXPECT_STREQ(test, spec.type, "zero");
	KUNIT_EXPECT_STREQ(test, spec.params, "");
	/* the last one's "next" was 0: there is nothing behind it */
	KUNIT_EXPECT_EQ(test, dm_spec_next(&req, &iter, &spec), -EINVAL);
	KUNIT_EXPECT_EQ(test, dm_spec_next(&req, &iter, &spec), -EINVAL);
	unmake(&req);
}

static void spec_type_is_always_terminated(struct kunit *test)
{
	struct dm_spec_iter iter;
	struct dm_request req;
	struct dm_spec spec;

	make(test, &req, HEADER + SPEC + 1);
	put_spec(&req, HEADER, 0, 8, 0, "sixteen-letters!", "");
	dm_spec_begin(&req, &iter);
	KUNIT_ASSERT_EQ(test, dm_spec_next(&req, &iter, &spec), 0);
	KUNIT_EXPECT_STREQ(test, spec.type, "sixteen-letters!");
	unmake(&req);
}

struct next_case {
	const char *name;
	u32 next;
	int r;
};

/* two specifications, each of SPEC + 8 bytes; what the first says of the second */
static const struct next_case next_cases[] = {
	{ "right", SPEC + 8, 0 },
	{ "zero", 0, -EINVAL },
	{ "into_itself", 8, -EINVAL },
	{ "just_into_itself", SPEC - 1, -EINVAL },
	/* nonsense, but all of it within the data */
	{ "one_too_far", SPEC + 9, 0 },
	{ "to_the_end", 2 * (SPEC + 8), -EINVAL },
	{ "behind_the_end", 2 * (SPEC + 8) + 1, -EINVAL },
	{ "largest_positive", 0x7fffffff, -EINVAL },
	{ "smallest_negative", 0x80000000, -EINVAL },
	{ "minus_one", 0xffffffff, -EINVAL },
	{ "back_to_the_header", (u32)-312, -EINVAL },
	{ "back_by_itself", (u32)-(int)(SPEC + 8), -EINVAL },
};

static void next_desc(const struct next_case *c, char *desc)
{
	strscpy(desc, c->name, KUNIT_PARAM_DESC_SIZE);
}

KUNIT_ARRAY_PARAM(next, next_cases, next_desc);

static void spec_next_is_checked(struct kunit *test)
{
	const struct next_case *c = test->param_value;
	struct dm_spec_iter iter;
	struct dm_request req;
	struct dm_spec spec;

	make(test, &req, HEADER + 2 * (SPEC + 8));
	put_spec(&req, HEADER, 0, 8, c->next, "linear", "1234567");
	put_spec(&req, HEADER + SPEC + 8, 8, 8, c->next, "zero", "7654321");
	dm_spec_begin(&req, &iter);
	KUNIT_EXPECT_EQ(test, dm_spec_next(&req, &iter, &spec), 0);
	KUNIT_EXPECT_EQ(test, dm_spec_next(&req, &iter, &spec), c->r);
	KUNIT_EXPECT_NE(test, dm_spec_next(&req, &iter, &spec), 0);
	unmake(&req);
}

/* A good request cut off at every length: what is left of it is seen, no more. */
static void specs_of_a_truncated_request_are_refused(struct kunit *test)
{
	const size_t second = HEADER + SPEC + 8, whole = second + SPEC + 4;
	unsigned int n, expected;
	struct dm_spec_iter iter;
	struct dm_request req;
	struct dm_spec spec;
	size_t size;

	for (size = DM_REQUEST_MIN; size <= whole; size++) {
		struct dm_request full;

		make(test, &full, whole);
		put_spec(&full, HEADER, 0, 8, SPEC + 8, "linear", "1234567");
		put_spec(&full, second, 8, 8, SPEC + 4, "zero", "abc");
		make(test, &req, size);
		memcpy(req.buf + HEADER, full.buf + HEADER, size > HEADER ? size - HEADER : 0);
		unmake(&full);
		expected = (size >= second) + (size >= whole);
		dm_spec_begin(&req, &iter);
		for (n = 0; n < 3 && !dm_spec_next(&req, &iter, &spec); n++)
			KUNIT_EXPECT_TRUE(test, spec.params + strlen(spec.params) <
						req.buf + size);
		KUNIT_EXPECT_EQ_MSG(test, n, expected, "cut off at %zu of %zu", size, whole);
		unmake(&req);
	}
}

static void specs_from_a_hostile_data_start_are_refused(struct kunit *test)
{
	const size_t size = HEADER + SPEC + 8;
	struct dm_spec_iter iter;
	struct dm_request req;
	struct dm_spec spec;
	u32 start;

	make(test, &req, size);
	for (start = 0; start < size + 10; start++) {
		req.hdr->data_start = start;
		dm_spec_begin(&req, &iter);
		KUNIT_EXPECT_EQ_MSG(test, dm_spec_next(&req, &iter, &spec),
				    start >= DM_REQUEST_MIN && start + SPEC < size ? 0 : -EINVAL,
				    "start %u", start);
	}
	for (start = 0; start < ARRAY_SIZE(far_starts); start++) {
		req.hdr->data_start = far_starts[start];
		dm_spec_begin(&req, &iter);
		KUNIT_EXPECT_EQ(test, dm_spec_next(&req, &iter, &spec), -EINVAL);
	}
	unmake(&req);
}

struct count_case {
	u32 count, data_start;
	size_t room;
	bool ok;
};

/* CVE-2023-52429, CVE-2024-23851: a count is no promise of targets */
static const struct count_case count_cases[] = {
	{ 1, HEADER, SPEC + 1, true },
	{ 1, HEADER, SPEC - 1, false },
	{ 2, HEADER, 2 * SPEC, true },
	{ 2, HEADER, 2 * SPEC - 1, false },
	{ 100, HEADER, 100 * SPEC, true },
	{ 101, HEADER, 100 * SPEC, false },
	{ 0x7fffffff, HEADER, 4096, false },
	{ 0x80000000, HEADER, 4096, false },
	{ 0xffffffff, HEADER, 4096, false },
	/* 2^32 / 40 and a bit: the product wraps around to something small */
	{ 107374183, HEADER, 4096, false },
	{ 1, 0xffffffff, 4096, false },
	{ 1, HEADER + 4096, 4096, false },
	{ 1, HEADER + 4097, 4096, false },
};

static void count_desc(const struct count_case *c, char *desc)
{
	snprintf(desc, KUNIT_PARAM_DESC_SIZE, "%u_at_%u_in_%zu", c->count, c->data_start, c->room);
}

KUNIT_ARRAY_PARAM(count, count_cases, count_desc);

static void target_count_must_fit_the_data(struct kunit *test)
{
	const struct count_case *c = test->param_value;
	struct dm_request req;

	make(test, &req, HEADER + c->room);
	req.hdr->target_count = c->count;
	req.hdr->data_start = c->data_start;
	KUNIT_EXPECT_EQ(test, c->count <= dm_request_targets_max(&req), c->ok);
	unmake(&req);
}

/* Noise of every size: whatever is accepted lies within it, and the walk ends. */
static void specs_of_noise_stay_within_it(struct kunit *test)
{
	unsigned int round, n, wrong = 0, accepted = 0;
	struct dm_spec_iter iter;
	struct rnd_state rnd;
	struct dm_request req;
	struct dm_spec spec;

	prandom_seed_state(&rnd, 2025);
	for (round = 0; round < 4000; round++) {
		size_t size = DM_REQUEST_MIN + prandom_u32_state(&rnd) % 400, at;

		make(test, &req, size);
		prandom_bytes_state(&rnd, req.buf + DM_REQUEST_MIN, size - DM_REQUEST_MIN);
		req.hdr->data_start = 300 + prandom_u32_state(&rnd) % 100;
		/* numbers that are small at times, so that some of it makes sense */
		for (at = req.hdr->data_start; at + SPEC <= size; at += 4)
			if (prandom_u32_state(&rnd) % 4 && at >= DM_REQUEST_MIN)
				put_unaligned(prandom_u32_state(&rnd) % 120, (u32 *)(req.buf + at));
		dm_spec_begin(&req, &iter);
		for (n = 0; !dm_spec_next(&req, &iter, &spec) && n < 1000; n++) {
			wrong += spec.params < req.buf + DM_REQUEST_MIN + SPEC;
			wrong += spec.params + strlen(spec.params) >= req.buf + size;
			wrong += strnlen(spec.type, sizeof(spec.type)) == sizeof(spec.type);
			accepted++;
		}
		wrong += n > size / SPEC;
		unmake(&req);
	}
	KUNIT_EXPECT_EQ(test, wrong, 0);
	/* or else nothing was tested */
	KUNIT_EXPECT_GT(test, accepted, 1000);
}

static struct kunit_case request_cases[] = {
	KUNIT_CASE_PARAM(header_size_must_be_believable, size_gen_params),
	KUNIT_CASE(string_lies_in_the_data_or_is_refused),
	KUNIT_CASE(string_needs_data),
	KUNIT_CASE(string_may_begin_right_behind_the_header),
	KUNIT_CASE(message_lies_in_the_data_or_is_refused),
	KUNIT_CASE(message_must_end),
	KUNIT_CASE(specs_are_read_in_order),
	KUNIT_CASE(spec_type_is_always_terminated),
	KUNIT_CASE_PARAM(spec_next_is_checked, next_gen_params),
	KUNIT_CASE(specs_of_a_truncated_request_are_refused),
	KUNIT_CASE(specs_from_a_hostile_data_start_are_refused),
	KUNIT_CASE_PARAM(target_count_must_fit_the_data, count_gen_params),
	KUNIT_CASE(specs_of_noise_stay_within_it),
	{ }
};

static struct kunit_suite request_suite = {
	.name = "dm_request",
	.test_cases = request_cases,
};

kunit_test_suite(request_suite);
