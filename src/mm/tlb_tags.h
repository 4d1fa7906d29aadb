// Comparing the tags of a TLB's set all at once, as the hardware does.
//
// A tag is 32 bits of an entry's key: equal keys have equal tags, and whoever finds a tag compares the key. Four tags
// are compared by one instruction where there is one (x86-64's SSE2, WebAssembly's SIMD).
#pragma once

#if defined(__SSE2__)
#include <emmintrin.h>
#elif defined(__wasm_simd128__)
#include <wasm_simd128.h>
#endif

#include "base/types.h"

namespace mmscope {

inline constexpr u32 kMostTagsAtOnce = 32;
// As many tags more may be read behind the last one asked about.
inline constexpr u32 kTagsReadBeyond = 3;

constexpr u32 tag_of(u64 key) { return static_cast<u32>(key >> 16) ^ static_cast<u32>(key) << 20; }

// Bit n, from 0 to 3, is set if tags[n] == tag.
inline u32 matching_four(const u32* tags, u32 tag) {
#if defined(__SSE2__)
    const __m128i four = _mm_loadu_si128(reinterpret_cast<const __m128i*>(tags));
    const __m128i equal = _mm_cmpeq_epi32(four, _mm_set1_epi32(static_cast<int>(tag)));
    return static_cast<u32>(_mm_movemask_ps(_mm_castsi128_ps(equal)));
#elif defined(__wasm_simd128__)
    return wasm_i32x4_bitmask(wasm_i32x4_eq(wasm_v128_load(tags), wasm_i32x4_splat(static_cast<i32>(tag))));
#else
    return u32{tags[0] == tag} | u32{tags[1] == tag} << 1 | u32{tags[2] == tag} << 2 | u32{tags[3] == tag} << 3;
#endif
}

// The same of so many, at most kMostTagsAtOnce.
inline u32 matching_tags(const u32* tags, u32 count, u32 tag) {
    u32 found = 0;
    for (u32 at = 0; at < count; at += 4) found |= matching_four(tags + at, tag) << at;
    return found & (0xffffffffU >> (kMostTagsAtOnce - count));
}

}  // namespace mmscope
