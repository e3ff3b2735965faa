{include file=$provisor.files.page}
