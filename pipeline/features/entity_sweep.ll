; pipeline.features.entity_sweep.entity_sweep, source a01b0d7a8cc7db443a8180a28e0ef106d933f4221fecaa8074bed15c8fa6d228
define noundef i32 @entity_sweep(ptr noalias writeonly captures(none) %retptr, ptr noalias readnone captures(none) %excinfo, ptr readonly captures(none) %arg.starts, i64 %arg.entities, ptr readonly captures(none) %arg.instant, ptr readonly captures(none) %arg.row, ptr readonly captures(none) %arg.amount_cents, i64 %arg.own_from, ptr readonly captures(none) %arg.ages, i64 %arg.edges, ptr readonly captures(none) %arg.changed, ptr readonly captures(none) %arg.known_at, ptr readonly captures(none) %arg.step, i64 %arg.changes, ptr captures(none) %arg.spent, ptr captures(none) %arg.turned, ptr writeonly captures(none) %arg.count, ptr writeonly captures(none) %arg.cents, ptr writeonly captures(none) %arg.frauds) #0 {
entry:
  %.138400.not = icmp slt i64 %arg.entities, 1
  br i1 %.138400.not, label %common.ret, label %B40.if.lr.ph

B40.if.lr.ph:                                     ; preds = %entry
  %.490397.not = icmp slt i64 %arg.edges, 1
  %0 = add i64 %arg.changes, -1
  br label %B40.if

B38.loopexit:                                     ; preds = %B326.loopexit, %B296
  %exitcond407.not = icmp eq i64 %.151, %arg.entities
  br i1 %exitcond407.not, label %common.ret, label %B40.if

B104:                                             ; preds = %B40.if
  %.212 = getelementptr i64, ptr %arg.changed, i64 %told.2.0403
  %.213 = load i64, ptr %.212, align 8
  %.219 = icmp slt i64 %.213, %.189
  br i1 %.219, label %B134, label %B186

B134:                                             ; preds = %B104, %B156
  %told.4.2 = phi i64 [ %.225, %B156 ], [ %told.2.0403, %B104 ]
  %exitcond.not = icmp eq i64 %told.4.2, %0
  br i1 %exitcond.not, label %B186, label %B156

B156:                                             ; preds = %B134
  %.225 = add nsw i64 %told.4.2, 1
  %.246 = getelementptr i64, ptr %arg.changed, i64 %.225
  %.247 = load i64, ptr %.246, align 8
  %.253 = icmp slt i64 %.247, %.189
  br i1 %.253, label %B134, label %B186

B186:                                             ; preds = %B156, %B134, %B104, %B40.if
  %told.3.1 = phi i64 [ %told.2.0403, %B104 ], [ %told.2.0403, %B40.if ], [ %.225, %B156 ], [ %arg.changes, %B134 ]
  store i64 0, ptr %arg.spent, align 8
  %storemerge368 = tail call i64 @llvm.smax.i64(i64 %.191, i64 0)
  %.349383.not = icmp slt i64 %.191, 1
  br i1 %.349383.not, label %B296, label %B226.if.lr.ph

B226.if.lr.ph:                                    ; preds = %B186
  %1 = getelementptr i32, ptr %arg.row, i64 %.182
  br label %B226.if

B296:                                             ; preds = %B226.if, %B186
  br i1 %.490397.not, label %B38.loopexit, label %B330.lr.ph

B330.lr.ph:                                       ; preds = %B296
  %.540 = icmp sgt i64 %told.3.1, %told.2.0403
  %.706 = sub i64 %told.3.1, %told.2.0403
  %spec.select382 = tail call i64 @llvm.smax.i64(i64 %.706, i64 0)
  %.749389.not = icmp slt i64 %.706, 1
  %2 = getelementptr i64, ptr %arg.instant, i64 %.182
  %3 = shl nuw i64 %storemerge368, 3
  br label %B330

B326.loopexit:                                    ; preds = %B1032, %B698
  %exitcond406.not = icmp eq i64 %arg.edges, %.503
  br i1 %exitcond406.not, label %B38.loopexit, label %B330

B330:                                             ; preds = %B330.lr.ph, %B326.loopexit
  %.433.0398 = phi i64 [ 0, %B330.lr.ph ], [ %.503, %B326.loopexit ]
  %.503 = add nuw nsw i64 %.433.0398, 1
  %.533 = getelementptr i64, ptr %arg.ages, i64 %.433.0398
  %.534 = load i64, ptr %.533, align 8
  br i1 %.540, label %B390.preheader, label %B698

B390.preheader:                                   ; preds = %B330
  br i1 %.349383.not, label %B406, label %B390.if.preheader

B390.if.preheader:                                ; preds = %B390.preheader
  tail call void @llvm.memset.p0.i64(ptr align 8 %arg.turned, i8 0, i64 %3, i1 false)
  br label %B406

B406:                                             ; preds = %B390.if.preheader, %B390.preheader
  br i1 %.749389.not, label %B698, label %B440.endif

B560:                                             ; preds = %B440.endif, %B560
  %low.2.4 = phi i64 [ %low.3.5, %B560 ], [ %.838, %B440.endif ]
  %high.2.4 = phi i64 [ %high.3.5, %B560 ], [ %.189, %B440.endif ]
  %.860 = add nsw i64 %high.2.4, %low.2.4
  %.861 = ashr i64 %.860, 1
  %.867 = getelementptr i64, ptr %arg.instant, i64 %.861
  %.868 = load i64, ptr %.867, align 8
  %.870 = icmp slt i64 %.868, %.13.i
  %.881 = add nsw i64 %.861, 1
  %high.3.5 = select i1 %.870, i64 %high.2.4, i64 %.861
  %low.3.5 = select i1 %.870, i64 %.881, i64 %low.2.4
  %.912 = icmp slt i64 %low.3.5, %high.3.5
  br i1 %.912, label %B560, label %B628

B628:                                             ; preds = %B560, %B440.endif
  %low.4.5 = phi i64 [ %.838, %B440.endif ], [ %low.3.5, %B560 ]
  %.933 = icmp slt i64 %low.4.5, %.189
  br i1 %.933, label %B646, label %B696

B646:                                             ; preds = %B628
  %.937 = sub nsw i64 %low.4.5, %.182
  %.941 = getelementptr i64, ptr %arg.turned, i64 %.937
  %.942 = load i64, ptr %.941, align 8
  %.945 = getelementptr i64, ptr %arg.step, i64 %.693.0390
  %.946 = load i64, ptr %.945, align 8
  %.949 = add nsw i64 %.946, %.942
  store i64 %.949, ptr %.941, align 8
  br label %B696

B696:                                             ; preds = %B646, %B628
  %.749 = icmp sgt i64 %.696.0391, 1
  br i1 %.749, label %B440.endif, label %B698

B698:                                             ; preds = %B696, %B406, %B330
  br i1 %.349383.not, label %B326.loopexit, label %B736.if.lr.ph

B736.if.lr.ph:                                    ; preds = %B698
  %.1128 = icmp eq i64 %.534, 0
  br label %B736.if

B752:                                             ; preds = %B736.if
  %.1100 = getelementptr i64, ptr %arg.turned, i64 %.993.0393
  %.1101 = load i64, ptr %.1100, align 8
  %.1103 = add nsw i64 %.1101, %known.2.2396
  br label %B774

B774:                                             ; preds = %B752, %B736.if
  %known.3.3 = phi i64 [ %.1103, %B752 ], [ %known.2.2396, %B736.if ]
  %.1117 = add nsw i64 %.993.0393, %.182
  %.1119 = getelementptr i32, ptr %arg.row, i64 %.1117
  %.1120 = load i32, ptr %.1119, align 4
  %.1122 = sext i32 %.1120 to i64
  %.1123.not = icmp sgt i64 %arg.own_from, %.1122
  br i1 %.1123.not, label %B1032, label %B804

B804:                                             ; preds = %B774
  br i1 %.1128, label %B950, label %B828

B828:                                             ; preds = %B804
  %.1145 = getelementptr i64, ptr %arg.instant, i64 %.1117
  %.1146 = load i64, ptr %.1145, align 8
  %.1148 = sub nsw i64 %.1146, %.534
  %.1154 = icmp slt i64 %stood.3.2395, %.191
  br i1 %.1154, label %B868, label %B950

B868:                                             ; preds = %B828
  %.1169 = getelementptr i64, ptr %2, i64 %stood.3.2395
  %.1170 = load i64, ptr %.1169, align 8
  %.1172.not = icmp sgt i64 %.1170, %.1148
  br i1 %.1172.not, label %B950, label %B898

B898:                                             ; preds = %B868, %B920
  %stood.6.5 = phi i64 [ %.1178, %B920 ], [ %stood.3.2395, %B868 ]
  %.1178 = add nsw i64 %stood.6.5, 1
  %.1189 = icmp slt i64 %.1178, %.191
  br i1 %.1189, label %B920, label %B950

B920:                                             ; preds = %B898
  %.1203 = getelementptr i64, ptr %2, i64 %.1178
  %.1204 = load i64, ptr %.1203, align 8
  %.1206.not = icmp sgt i64 %.1204, %.1148
  br i1 %.1206.not, label %B950, label %B898

B950:                                             ; preds = %B920, %B898, %B804, %B868, %B828
  %stood.5.4 = phi i64 [ %stood.3.2395, %B828 ], [ %stood.3.2395, %B868 ], [ %.1062, %B804 ], [ %.1178, %B920 ], [ %.191, %B898 ]
  %.1234 = sub nsw i64 %.1122, %arg.own_from
  %.1236 = mul nsw i64 %.1234, %arg.edges
  %.1238 = add nsw i64 %.1236, %.433.0398
  %.1241 = getelementptr i64, ptr %arg.count, i64 %.1238
  store i64 %stood.5.4, ptr %.1241, align 8
  %.1245 = getelementptr i64, ptr %arg.spent, i64 %stood.5.4
  %.1246 = load i64, ptr %.1245, align 8
  %.1250 = getelementptr i64, ptr %arg.cents, i64 %.1238
  store i64 %.1246, ptr %.1250, align 8
  %.1254 = getelementptr i64, ptr %arg.frauds, i64 %.1238
  store i64 %known.3.3, ptr %.1254, align 8
  br label %B1032

B1032:                                            ; preds = %B950, %B774
  %stood.4.3 = phi i64 [ %stood.5.4, %B950 ], [ %stood.3.2395, %B774 ]
  %exitcond405.not = icmp eq i64 %.191, %.1062
  br i1 %exitcond405.not, label %B326.loopexit, label %B736.if

common.ret:                                       ; preds = %B38.loopexit, %entry
  store ptr null, ptr %retptr, align 8
  ret i32 0

B40.if:                                           ; preds = %B40.if.lr.ph, %B38.loopexit
  %told.2.0403 = phi i64 [ 0, %B40.if.lr.ph ], [ %told.3.1, %B38.loopexit ]
  %.79.0402 = phi i64 [ 0, %B40.if.lr.ph ], [ %.151, %B38.loopexit ]
  %.151 = add nuw nsw i64 %.79.0402, 1
  %.181 = getelementptr i64, ptr %arg.starts, i64 %.79.0402
  %.182 = load i64, ptr %.181, align 8
  %.188 = getelementptr i8, ptr %.181, i64 8
  %.189 = load i64, ptr %.188, align 8
  %.191 = sub i64 %.189, %.182
  %.201 = icmp slt i64 %told.2.0403, %arg.changes
  br i1 %.201, label %B104, label %B186

B226.if:                                          ; preds = %B226.if.lr.ph, %B226.if
  %.293.0384 = phi i64 [ 0, %B226.if.lr.ph ], [ %.362, %B226.if ]
  %.362 = add nuw nsw i64 %.293.0384, 1
  %.388 = getelementptr i64, ptr %arg.spent, i64 %.293.0384
  %.389 = load i64, ptr %.388, align 8
  %.393 = getelementptr i32, ptr %1, i64 %.293.0384
  %.394 = load i32, ptr %.393, align 4
  %.396 = sext i32 %.394 to i64
  %.397 = getelementptr i64, ptr %arg.amount_cents, i64 %.396
  %.398 = load i64, ptr %.397, align 8
  %.399 = add nsw i64 %.398, %.389
  %.402 = getelementptr i8, ptr %.388, i64 8
  store i64 %.399, ptr %.402, align 8
  %exitcond404.not = icmp eq i64 %.191, %.362
  br i1 %exitcond404.not, label %B296, label %B226.if

B440.endif:                                       ; preds = %B406, %B696
  %.696.0391 = phi i64 [ %.758, %B696 ], [ %spec.select382, %B406 ]
  %.693.0390 = phi i64 [ %.762, %B696 ], [ %told.2.0403, %B406 ]
  %.758 = add nsw i64 %.696.0391, -1
  %.762 = add i64 %.693.0390, 1
  %.792 = getelementptr i64, ptr %arg.known_at, i64 %.693.0390
  %.793 = load i64, ptr %.792, align 8
  %.796 = getelementptr i64, ptr %arg.changed, i64 %.693.0390
  %.797 = load i64, ptr %.796, align 8
  %.799 = getelementptr i64, ptr %arg.instant, i64 %.797
  %.800 = load i64, ptr %.799, align 8
  %.802 = add nsw i64 %.800, %.534
  %.13.i = tail call i64 @llvm.smax.i64(i64 %.802, i64 %.793)
  %.838 = add nsw i64 %.797, 1
  %.851 = icmp slt i64 %.838, %.189
  br i1 %.851, label %B560, label %B628

B736.if:                                          ; preds = %B736.if.lr.ph, %B1032
  %known.2.2396 = phi i64 [ 0, %B736.if.lr.ph ], [ %known.3.3, %B1032 ]
  %stood.3.2395 = phi i64 [ 0, %B736.if.lr.ph ], [ %stood.4.3, %B1032 ]
  %.993.0393 = phi i64 [ 0, %B736.if.lr.ph ], [ %.1062, %B1032 ]
  %.1062 = add nuw nsw i64 %.993.0393, 1
  br i1 %.540, label %B752, label %B774
}
declare i64 @llvm.smax.i64(i64, i64)
declare void @llvm.memset.p0.i64(ptr writeonly captures(none), i8, i64, i1 immarg)
