// A value of the script language: sixteen bytes, copied as they are.
//
// Page and address handles remember the command that made them, so that a free through a handle whose block
// was freed before is caught even if the frame belongs to somebody else by now. A list lives beside the
// variables; its value only says which one it is.
#pragma once

#include <string>

#include "base/types.h"
#include "mm/direct_map.h"
#include "mm/gfp.h"
#include "mm/page_alloc.h"

namespace mmscope {

enum class ValueKind : u32 {
    unset, null, boolean, integer, text, flags, page, address, file, process, cache, zone, migratetype, list
};
inline constexpr u32 kValueKinds = 14;

struct Value {
    ValueKind kind = ValueKind::unset;
    u32 call = 0;    // page, address, file, cache: number of the command that returned it
    i64 number = 0;  // integer; boolean 0 or 1; text: its index; flags: the mask; page: the pfn; address: its bits;
                     // file: its mapping; process: its pid; cache: the number of its name (play/heap.h);
                     // zone: type + node * 256; migratetype; list: the variable that owns it

    static Value null() { return {ValueKind::null, 0, 0}; }
    static Value boolean(bool value) { return {ValueKind::boolean, 0, value ? 1 : 0}; }
    static Value integer(i64 value) { return {ValueKind::integer, 0, value}; }
    static Value text(u32 index) { return {ValueKind::text, 0, index}; }
    static Value flags(Gfp mask) { return {ValueKind::flags, 0, mask.bits}; }
    static Value page(Pfn pfn, u32 call) { return {ValueKind::page, call, pfn.value}; }
    static Value address(u64 bits, u32 call) { return {ValueKind::address, call, static_cast<i64>(bits)}; }
    static Value file(u32 mapping, u32 call) { return {ValueKind::file, call, mapping}; }
    static Value process(u32 pid) { return {ValueKind::process, 0, pid}; }
    static Value cache(u32 name, u32 call) { return {ValueKind::cache, call, name}; }
    static Value zone(ZoneType type, u32 node) {
        return {ValueKind::zone, 0, static_cast<i64>(type) + i64{node} * 256};
    }
    static Value migratetype(Migratetype type) { return {ValueKind::migratetype, 0, static_cast<i64>(type)}; }
    static Value list(u32 variable) { return {ValueKind::list, 0, variable}; }

    ZoneType zone_type() const { return static_cast<ZoneType>(number & 0xff); }
    u32 zone_node() const { return static_cast<u32>(number >> 8); }
    Gfp gfp() const { return {static_cast<u32>(number)}; }
    // In a condition: numbers other than 0, true, pages, addresses, files, processes, caches. Text, zones and lists are
    // neither.
    bool has_truth() const { return kind != ValueKind::text && kind < ValueKind::zone && kind != ValueKind::unset; }
    bool is_true() const { return (kind >= ValueKind::page && kind <= ValueKind::cache) || number != 0; }

    friend bool operator==(const Value&, const Value&) = default;
};
static_assert(sizeof(Value) == 16);

// The empty list belongs to no variable.
inline constexpr u32 kNoVariable = 0xffffffffU;

// page_address(): 0 for a frame of HighMem, which has none until somebody maps it.
u64 page_address(const PageAllocator& memory, Pfn pfn);

// "512", "true", "NULL", "page 0x8100", "Normal@1", "GFP_KERNEL|__GFP_COMP". Texts and lists know their content
// only where they live, so the caller gives the text or the length.
std::string value_text(const Value& value, const Profile& profile, std::string_view text = {}, u64 length = 0);

// "0x8100".
std::string hex_text(u64 value);

}  // namespace mmscope
