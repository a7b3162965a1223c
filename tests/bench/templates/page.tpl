% rebase('layout.tpl', title='Items', items=items, get_url=get_url)
% def row(item):
<tr><td>{{item['id']}}</td><td>{{item['name']}}</td><td>{{item['owner']}}</td><td>{{item['price']}}</td><td>{{item['note']}}</td></tr>
% end
<table>
% for item in items:
% row(item)
% end
</table>
