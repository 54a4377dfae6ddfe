; pipeline.features.entity_standing.entity_standing, source 7cf4f52a112934f8e9dd368a961b59332845ffc8dcb18fad59c3acffca92122c
define noundef i32 @entity_standing(ptr noalias writeonly captures(none) %retptr, ptr noalias readnone captures(none) %excinfo, ptr readonly captures(none) %arg.code, ptr readonly captures(none) %arg.occurred_at, ptr readonly captures(none) %arg.amount_cents, i64 %arg.rows, i64 %arg.at, ptr readonly captures(none) %arg.ages, i64 %arg.edges, ptr captures(none) %arg.count, ptr captures(none) %arg.cents) #0 {
entry:
  %.11096.not = icmp slt i64 %arg.rows, 1
  br i1 %.11096.not, label %B270, label %B34.if.lr.ph

B34.if.lr.ph:                                     ; preds = %entry
  %.23893.not = icmp slt i64 %arg.edges, 1
  br label %B34.if

B62:                                              ; preds = %B34.if
  %.281 = getelementptr i64, ptr %arg.occurred_at, i64 %.52.097
  br i1 %.23893.not, label %B268, label %B92.if.lr.ph

B92.if.lr.ph:                                     ; preds = %B62
  %.330 = getelementptr i64, ptr %arg.amount_cents, i64 %.52.097
  br label %B92.if

B142:                                             ; preds = %B92.if
  %.251 = add nuw nsw i64 %.182.094, 1
  %.301 = load i32, ptr %.153, align 4
  %.303 = sext i32 %.301 to i64
  %.304 = mul nsw i64 %arg.edges, %.303
  %0 = getelementptr i64, ptr %arg.count, i64 %.304
  %.308 = getelementptr i64, ptr %0, i64 %.182.094
  %.309 = load i64, ptr %.308, align 8
  %.310 = add nsw i64 %.309, 1
  store i64 %.310, ptr %.308, align 8
  %.317 = load i32, ptr %.153, align 4
  %.319 = sext i32 %.317 to i64
  %.320 = mul nsw i64 %arg.edges, %.319
  %1 = getelementptr i64, ptr %arg.cents, i64 %.320
  %.326 = getelementptr i64, ptr %1, i64 %.182.094
  %.327 = load i64, ptr %.326, align 8
  %.331 = load i64, ptr %.330, align 8
  %.332 = add nsw i64 %.331, %.327
  store i64 %.332, ptr %.326, align 8
  %exitcond.not = icmp eq i64 %arg.edges, %.251
  br i1 %exitcond.not, label %B268, label %B92.if

B268:                                             ; preds = %B92.if, %B142, %B62, %B34.if
  %exitcond99.not = icmp eq i64 %.123, %arg.rows
  br i1 %exitcond99.not, label %B270, label %B34.if

B270:                                             ; preds = %B268, %entry
  store ptr null, ptr %retptr, align 8
  ret i32 0

B34.if:                                           ; preds = %B34.if.lr.ph, %B268
  %.52.097 = phi i64 [ 0, %B34.if.lr.ph ], [ %.123, %B268 ]
  %.123 = add nuw nsw i64 %.52.097, 1
  %.153 = getelementptr i32, ptr %arg.code, i64 %.52.097
  %.154 = load i32, ptr %.153, align 4
  %.156 = icmp sgt i32 %.154, -1
  br i1 %.156, label %B62, label %B268

B92.if:                                           ; preds = %B92.if.lr.ph, %B142
  %.182.094 = phi i64 [ 0, %B92.if.lr.ph ], [ %.251, %B142 ]
  %.282 = load i64, ptr %.281, align 8
  %.285 = getelementptr i64, ptr %arg.ages, i64 %.182.094
  %.286 = load i64, ptr %.285, align 8
  %.288 = sub nsw i64 %arg.at, %.286
  %.289 = icmp sgt i64 %.282, %.288
  br i1 %.289, label %B268, label %B142
}
