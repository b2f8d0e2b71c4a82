/* SPDX-License-Identifier: GPL-2.0 */
/*
 * KUnit, on kernels with and without it.
 *
 * A kernel without KUnit has its headers but not its functions. Weak references
 * let the suites be compiled and checked against such a kernel all the same;
 * the module that comes of it is never loaded.
 */
#ifndef DM_KUNIT_H
#define DM_KUNIT_H

#include <kunit/test.h>

#if !IS_ENABLED(CONFIG_KUNIT)
#pragma weak __kunit_abort
#pragma weak __kunit_do_failed_assertion
#pragma weak kunit_binary_assert_format
#pragma weak kunit_binary_ptr_assert_format
#pragma weak kunit_binary_str_assert_format
#pragma weak kunit_do_failed_assertion
#pragma weak kunit_fail_assert_format
#pragma weak kunit_kmalloc_array
#pragma weak kunit_log_append
#pragma weak kunit_ptr_not_err_assert_format
#pragma weak kunit_unary_assert_format
#endif

#endif
