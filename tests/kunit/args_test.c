// SPDX-License-Identifier: GPL-2.0
/* Splitting lines into words and reading numbers: include/args.h. */
#include <linux/device-mapper.h>
#include <linux/mm.h>
#include <linux/slab.h>

#include "args.h"
#include "kunit.h"

#define WORDS 6

struct args_case {
	const char *name;
	const char *line;
	unsigned int argc;
	const char *argv[WORDS];
};

static const struct args_case args_cases[] = {
	{ "empty", "", 0, { } },
	{ "only_spaces", "   \t\n\t ", 0, { } },
	{ "one_word", "word", 1, { "word" } },
	{ "two_words", "a b", 2, { "a", "b" } },
	{ "spaces_around", "  a   b  ", 2, { "a", "b" } },
	{ "every_kind_of_space", "a\tb\nc\vd\fe\rf", 6, { "a", "b", "c", "d", "e", "f" } },
	{ "escaped_space", "a\\ b c", 2, { "a b", "c" } },
	{ "escaped_backslash", "a\\\\b", 1, { "a\\b" } },
	{ "escaped_ordinary_character", "\\a\\b", 1, { "ab" } },
	{ "escaped_space_is_a_word", "\\ ", 1, { " " } },
	{ "escaped_spaces_are_one_word", "\\ \\\t", 1, { " \t" } },
	{ "backslash_before_the_end_of_a_word", "a\\\\ b", 2, { "a\\", "b" } },
	{ "backslash_takes_the_space", "a\\ b\\ c", 1, { "a b c" } },
	/* the last character: there is none behind it to look at (CVE-2025-37902) */
	{ "trailing_backslash_CVE_2025_37902", "a b\\", 2, { "a", "b\\" } },
	{ "only_a_backslash_CVE_2025_37902", "\\", 1, { "\\" } },
	{ "two_backslashes", "\\\\", 1, { "\\" } },
	{ "three_backslashes_CVE_2025_37902", "\\\\\\", 1, { "\\\\" } },
	{ "backslash_after_space_CVE_2025_37902", "a \\", 2, { "a", "\\" } },
	{ "spaces_then_backslash_CVE_2025_37902", "   \\", 1, { "\\" } },
	{ "quotes_mean_nothing", "\"a b\" 'c'", 3, { "\"a", "b\"", "'c'" } },
	{ "bytes_above_127", "\xc3\xa4 \xff", 2, { "\xc3\xa4", "\xff" } },
	{ "percent_signs", "%s %n", 2, { "%s", "%n" } },
	{ "a_real_table", "254:0 1024", 2, { "254:0", "1024" } },
};

static void args_case_desc(const struct args_case *c, char *desc)
{
	strscpy(desc, c->name, KUNIT_PARAM_DESC_SIZE);
}

KUNIT_ARRAY_PARAM(args, args_cases, args_case_desc);

/* In memory of just the string's size, so that KASAN sees what goes beyond it. */
static char *exact_copy(struct kunit *test, const char *line)
{
	char *copy = kstrdup(line, GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, copy);
	return copy;
}

static void args_are_split(struct kunit *test)
{
	const struct args_case *c = test->param_value;
	char *line = exact_copy(test, c->line);
	unsigned int argc = 99, i;
	size_t size = strlen(line) + 1;
	char **argv;

	KUNIT_EXPECT_EQ(test, dm_args_split(line, &argc, &argv), 0);
	KUNIT_EXPECT_EQ(test, argc, c->argc);
	KUNIT_EXPECT_EQ(test, !argv, !c->argc);
	for (i = 0; i < min(argc, c->argc); i++) {
		KUNIT_EXPECT_STREQ(test, argv[i], c->argv[i]);
		KUNIT_EXPECT_TRUE(test, argv[i] >= line && argv[i] < line + size);
	}
	kvfree(argv);
	kfree(line);
}

/* What a word must be: counted without looking at the code under test. */
static unsigned int naive_count(const char *line, size_t len)
{
	unsigned int n = 0;
	bool in = false;
	size_t i;

	for (i = 0; i < len; i++) {
		bool space = strchr(" \t", line[i]);

		if (line[i] == '\\' && i + 1 < len) {
			i++;
			space = false;
		}
		n += !space && !in;
		in = !space;
	}
	return n;
}

/* All lines of up to six characters out of those that matter. */
static void args_of_every_short_line_are_split(struct kunit *test)
{
	static const char alphabet[] = { 'x', ' ', '\\', '\t' };
	unsigned int len, code, i, rest, argc, wrong = 0;
	char **argv, *line;

	for (len = 0; len <= 6; len++) {
		for (code = 0; code < 1u << (2 * len); code++) {
			unsigned int count;

			line = kmalloc(len + 1, GFP_KERNEL);
			KUNIT_ASSERT_NOT_NULL(test, line);
			for (i = 0, rest = code; i < len; i++, rest >>= 2)
				line[i] = alphabet[rest & 3];
			line[len] = '\0';
			count = naive_count(line, len);
			wrong += dm_args_split(line, &argc, &argv) != 0;
			wrong += argc != count;
			/* no word is empty, and all of them lie in the line in order */
			for (i = 0; i < argc; i++) {
				wrong += !*argv[i];
				wrong += argv[i] + strlen(argv[i]) > line + len;
				wrong += i && argv[i] <= argv[i - 1] + strlen(argv[i - 1]);
			}
			kvfree(argv);
			kfree(line);
		}
	}
	KUNIT_EXPECT_EQ(test, wrong, 0);
}

static void args_of_a_long_line_are_all_there(struct kunit *test)
{
	const unsigned int words = 100000;
	char *line = kvmalloc(words * 2, GFP_KERNEL), **argv;
	unsigned int argc, i, wrong = 0;

	KUNIT_ASSERT_NOT_NULL(test, line);
	for (i = 0; i < words; i++) {
		line[2 * i] = 'a' + i % 26;
		line[2 * i + 1] = ' ';
	}
	line[2 * words - 1] = '\0';
	KUNIT_EXPECT_EQ(test, dm_args_split(line, &argc, &argv), 0);
	KUNIT_EXPECT_EQ(test, argc, words);
	for (i = 0; i < min(argc, words); i++)
		wrong += argv[i][0] != 'a' + i % 26 || argv[i][1];
	KUNIT_EXPECT_EQ(test, wrong, 0);
	kvfree(argv);
	kvfree(line);
}

struct number_case {
	const char *name;
	char *word;
	int r;
	unsigned int value;
};

/* read with limits 2 to 1000 */
static const struct number_case number_cases[] = {
	{ "lowest", "2", 0, 2 },
	{ "highest", "1000", 0, 1000 },
	{ "below", "1", -EINVAL, 0 },
	{ "above", "1001", -EINVAL, 0 },
	{ "zero", "0", -EINVAL, 0 },
	{ "leading_zeroes_are_decimal", "010", 0, 10 },
	{ "negative", "-5", -EINVAL, 0 },
	{ "hexadecimal", "0x10", -EINVAL, 0 },
	{ "letters", "abc", -EINVAL, 0 },
	{ "letters_behind", "12abc", -EINVAL, 0 },
	{ "space_behind", "12 ", -EINVAL, 0 },
	{ "empty", "", -EINVAL, 0 },
	{ "only_a_space", " ", -EINVAL, 0 },
	{ "point", "2.5", -EINVAL, 0 },
};

static void number_case_desc(const struct number_case *c, char *desc)
{
	strscpy(desc, c->name, KUNIT_PARAM_DESC_SIZE);
}

KUNIT_ARRAY_PARAM(number, number_cases, number_case_desc);

static const struct dm_arg limits = { 2, 1000, "not from 2 to 1000" };

static void number_is_read(struct kunit *test)
{
	const struct number_case *c = test->param_value;
	char *argv[2], *error = NULL;
	struct dm_arg_set as = { ARRAY_SIZE(argv), argv };
	unsigned int value = 0;

	argv[0] = c->word;
	argv[1] = "next";
	KUNIT_EXPECT_EQ(test, dm_read_arg(&limits, &as, &value, &error), c->r);
	if (c->r) {
		KUNIT_EXPECT_PTR_EQ(test, (const char *)error, (const char *)limits.error);
	} else {
		KUNIT_EXPECT_EQ(test, value, c->value);
		KUNIT_EXPECT_NULL(test, error);
	}
	/* the word is taken either way */
	KUNIT_EXPECT_EQ(test, as.argc, 1);
	KUNIT_EXPECT_STREQ(test, dm_shift_arg(&as), "next");
}

static void number_where_no_word_is_left_is_an_error(struct kunit *test)
{
	struct dm_arg_set as = { 0, NULL };
	unsigned int value;
	char *error = NULL;

	KUNIT_EXPECT_EQ(test, dm_read_arg(&limits, &as, &value, &error), -EINVAL);
	KUNIT_EXPECT_STREQ(test, error, limits.error);
	error = NULL;
	KUNIT_EXPECT_EQ(test, dm_read_arg_group(&limits, &as, &value, &error), -EINVAL);
	KUNIT_EXPECT_STREQ(test, error, limits.error);
}

/* A group names how many words follow: they must be there. */
static void group_must_be_complete(struct kunit *test)
{
	char line[] = "3 a b c rest", **argv, *error;
	struct dm_arg_set as;
	unsigned int value, argc, words;

	KUNIT_ASSERT_EQ(test, dm_args_split(line, &words, &argv), 0);
	KUNIT_EXPECT_EQ(test, words, 5);
	for (argc = 1; argc <= words; argc++) {
		as.argc = argc;
		as.argv = argv;
		error = NULL;
		KUNIT_EXPECT_EQ_MSG(test, dm_read_arg_group(&limits, &as, &value, &error),
				    argc < 4 ? -EINVAL : 0, "with %u words", argc);
		KUNIT_EXPECT_EQ(test, !!error, argc < 4);
		if (argc >= 4)
			KUNIT_EXPECT_EQ(test, as.argc, argc - 1);
	}
	kvfree(argv);
}

static void words_are_shifted_and_consumed(struct kunit *test)
{
	char line[] = "a b c d", **argv;
	struct dm_arg_set as;

	KUNIT_ASSERT_EQ(test, dm_args_split(line, &as.argc, &argv), 0);
	as.argv = argv;
	KUNIT_EXPECT_STREQ(test, dm_shift_arg(&as), "a");
	dm_consume_args(&as, 0);
	KUNIT_EXPECT_EQ(test, as.argc, 3);
	dm_consume_args(&as, 2);
	KUNIT_EXPECT_STREQ(test, dm_shift_arg(&as), "d");
	KUNIT_EXPECT_NULL(test, dm_shift_arg(&as));
	KUNIT_EXPECT_NULL(test, dm_shift_arg(&as));
	KUNIT_EXPECT_EQ(test, as.argc, 0);
	dm_consume_args(&as, 0);
	KUNIT_EXPECT_EQ(test, as.argc, 0);
	kvfree(argv);
}

static struct kunit_case args_test_cases[] = {
	KUNIT_CASE_PARAM(args_are_split, args_gen_params),
	KUNIT_CASE(args_of_every_short_line_are_split),
	KUNIT_CASE(args_of_a_long_line_are_all_there),
	KUNIT_CASE_PARAM(number_is_read, number_gen_params),
	KUNIT_CASE(number_where_no_word_is_left_is_an_error),
	KUNIT_CASE(group_must_be_complete),
	KUNIT_CASE(words_are_shifted_and_consumed),
	{ }
};

static struct kunit_suite args_suite = {
	.name = "dm_args",
	.test_cases = args_test_cases,
};

kunit_test_suite(args_suite);
