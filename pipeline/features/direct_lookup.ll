; pipeline.features.direct_lookup.direct_lookup, source d2007bb78593106e01e1af7f6d6a022a3205a4015230167eb88df8d576b701e2
define noundef i32 @direct_lookup(ptr noalias writeonly captures(none) %retptr, ptr noalias readnone captures(none) %excinfo, ptr readonly captures(none) %arg.values, i64 %arg.count, i64 %arg.low, i64 %arg.high, ptr readonly captures(none) %arg.table, ptr writeonly captures(none) %arg.found) #0 {
entry:
  %.10151.not = icmp slt i64 %arg.count, 1
  br i1 %.10151.not, label %B128, label %B34.if

B86:                                              ; preds = %B34.if
  %.171 = sub nsw i64 %.145, %arg.low
  %.175 = getelementptr i32, ptr %arg.table, i64 %.171
  %.176 = load i32, ptr %.175, align 4
  br label %B129

B128:                                             ; preds = %B129, %entry
  store ptr null, ptr %retptr, align 8
  ret i32 0

B129:                                             ; preds = %B34.if, %B86
  %.176.sink = phi i32 [ %.176, %B86 ], [ -1, %B34.if ]
  %0 = getelementptr i32, ptr %arg.found, i64 %.43.052
  store i32 %.176.sink, ptr %0, align 4
  %exitcond.not = icmp eq i64 %arg.count, %.114
  br i1 %exitcond.not, label %B128, label %B34.if

B34.if:                                           ; preds = %entry, %B129
  %.43.052 = phi i64 [ %.114, %B129 ], [ 0, %entry ]
  %.114 = add nuw nsw i64 %.43.052, 1
  %.144 = getelementptr i64, ptr %arg.values, i64 %.43.052
  %.145 = load i64, ptr %.144, align 8
  %.151.not = icmp sgt i64 %arg.low, %.145
  %.159.not = icmp sgt i64 %.145, %arg.high
  %or.cond = select i1 %.151.not, i1 true, i1 %.159.not
  br i1 %or.cond, label %B129, label %B86
}
