// The arguments of one call that looks at the machine, checked as they are asked for.
//
// After the first wrong one `is_fine` stays false, `*error` says what was wrong with it, and every further argument is
// a harmless one: a caller may ask for all of them before it looks. Arguments are numbered from 0.
#pragma once

#include "play/looking.h"

namespace mmscope {

class LookingArguments {
public:
    LookingArguments(const Scene& scene, const CallWord& word, const Value* values, Message* error)
        : scene_(scene), word_(word), values_(values), error_(error) {}

    bool is_fine() const { return fine_; }
    const Zone* zone(u32 index);
    Migratetype migratetype(u32 index);
    Order order(u32 index);
    i64 number(u32 index);
    Pfn page(u32 index);
    u32 cache(u32 index);
    u64 object(u32 index);
    std::string_view text(u32 index);
    const Value& of_kind(u32 index, ValueKind kind);
    void fail(Message message);

private:
    const Scene& scene_;
    const CallWord& word_;
    const Value* values_;
    Message* error_;
    bool fine_ = true;
};

}  // namespace mmscope
